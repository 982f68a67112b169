import { hashBytes, PodiumError, readBytesIfAny, writeFileAtomic } from '@podium/core';
import { encodeSubmissionRecord, type SubmissionRecord } from '../record/submission-record.ts';
import { makeFolder } from './make-folder.ts';
import { safeName } from './safe-name.ts';
import { type SubmissionPaths, submissionPaths } from './submission-paths.ts';

/** Tens of millions of rows. */
const MAX_BYTES = 2 ** 31;

/**
 * Writes a submission and its record, each atomically. The record comes first, so there is never a CSV without one. Files
 * that already have the same bytes are not written again.
 * No link below `root` is followed, nor replaced without need: the folder of submissions is untrusted input.
 * @param bytes of `makeSubmission`
 * @throws PodiumError `unsafe-name`; `submission-record` if the record is of other bytes or another file;
 * `submission-exists` if the run already has another CSV and `replace` is false; file errors
 */
export async function writeSubmission(options: {
  readonly root: string;
  readonly bytes: Uint8Array;
  readonly record: SubmissionRecord;
  /** Default false. */
  readonly replace?: boolean;
}): Promise<SubmissionPaths & { readonly written: boolean }> {
  const { root, bytes, replace = false } = options;
  const record = withComposedNames(options.record);
  const paths = submissionPaths(root, record.competition, record.run);
  assertRecordOf(bytes, record, paths);
  const text = encodeSubmissionRecord(record);
  const limits = { root, maxBytes: MAX_BYTES };
  const [oldCsv, oldRecord] = [
    await readBytesIfAny(paths.csv, limits),
    await readBytesIfAny(paths.record, limits),
  ];
  const sameCsv = oldCsv !== undefined && Buffer.compare(oldCsv, bytes) === 0;
  if (oldCsv !== undefined && !sameCsv && !replace) {
    throw new PodiumError({
      code: 'submission-exists',
      message: `the run "${record.run}" already has another submission`,
      path: { file: paths.csv },
      expected: `SHA-256 ${record.submission.sha256}`,
      got: hashBytes(oldCsv),
      fix: 'choose another run name, or delete the file if you no longer need it',
    });
  }
  const sameRecord = oldRecord?.toString('utf8') === text;
  if (sameCsv && sameRecord) return { ...paths, written: false };
  await makeFolder(paths.folder, root);
  if (!sameRecord) await writeFileAtomic(paths.record, text, { root });
  if (!sameCsv) await writeFileAtomic(paths.csv, bytes, { root });
  return { ...paths, written: true };
}

/** Files get composed names (NFC), so the record has them too. */
function withComposedNames({ submission, ...record }: SubmissionRecord): SubmissionRecord {
  return {
    ...record,
    competition: record.competition.normalize('NFC'),
    run: record.run.normalize('NFC'),
    submission: { ...submission, file: submission.file.normalize('NFC') },
  };
}

function assertRecordOf(
  bytes: Uint8Array,
  { submission, run }: SubmissionRecord,
  paths: SubmissionPaths,
): void {
  const sha256 = hashBytes(bytes);
  const expected = { sha256, bytes: bytes.length, file: `${safeName(run, 'run')}.csv` };
  for (const key of ['sha256', 'bytes', 'file'] as const) {
    if (submission[key] === expected[key]) continue;
    throw new PodiumError({
      code: 'submission-record',
      message: 'the record does not belong to these bytes',
      path: { file: paths.record, key: `submission.${key}` },
      expected: String(expected[key]),
      got: String(submission[key]),
      fix: 'make the record from the submission that you write',
    });
  }
}
