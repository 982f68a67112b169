import { access, constants, mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileError, hashBytes, PodiumError, writeFileAtomic } from '@podium/core';
import { encodeSubmissionRecord, type SubmissionRecord } from './record.ts';
import { safeName } from './safe-name.ts';

/** Where everything of one competition's submissions lies. */
export interface SubmissionPaths {
  readonly folder: string;
  /** `<run>.csv`. */
  readonly csv: string;
  /** `<run>.run.json`. */
  readonly record: string;
  /** `<run>.report.html`, for whoever writes one. */
  readonly report: string;
}

/**
 * The files of a run below `root` (`submissions`).
 * @throws PodiumError `unsafe-name` for names that are no folder's or file's, or that would overwrite the ledger
 */
export function submissionPaths(root: string, competition: string, run: string): SubmissionPaths {
  const folder = submissionFolder(root, competition);
  const name = safeName(run, 'run');
  if (/^ledger$/i.test(name)) {
    throw new PodiumError({
      code: 'unsafe-name',
      message: "the run's name is that of the ledger, which it would overwrite",
      expected: 'another name',
      got: JSON.stringify(run),
      fix: 'give the run another name',
    });
  }
  return {
    folder,
    csv: join(folder, `${name}.csv`),
    record: join(folder, `${name}.run.json`),
    report: join(folder, `${name}.report.html`),
  };
}

/** The folder of a competition's submissions. @throws PodiumError `unsafe-name` */
export function submissionFolder(root: string, competition: string): string {
  return join(root, safeName(competition, 'competition'));
}

/**
 * Writes a submission and its record, each whole or not at all; the record first, so that no CSV is without one. Where
 * both are there already, with the same bytes, nothing is written.
 * @param bytes of `makeSubmission`
 * @throws PodiumError `unsafe-name`; `submission-record` where the record is of other bytes, names or file;
 * `submission-exists` where the run has another CSV already and `replace` is not set; those of writing files
 */
export async function writeSubmission(options: {
  readonly root: string;
  readonly bytes: Uint8Array;
  readonly record: SubmissionRecord;
  readonly replace?: boolean;
}): Promise<SubmissionPaths & { readonly written: boolean }> {
  const { root, bytes, replace = false } = options;
  const record = normalized(options.record);
  const paths = submissionPaths(root, record.competition, record.run);
  checkRecord(record, bytes, paths);
  const text = encodeSubmissionRecord(record);
  const [oldCsv, oldRecord] = [await ifThere(paths.csv), await ifThere(paths.record)];
  const sameCsv = oldCsv !== undefined && Buffer.compare(oldCsv, bytes) === 0;
  if (oldCsv !== undefined && !sameCsv && !replace) {
    throw new PodiumError({
      code: 'submission-exists',
      message: `the run "${record.run}" has another submission already`,
      path: { file: paths.csv },
      expected: `SHA-256 ${record.submission.sha256}`,
      got: hashBytes(oldCsv),
      fix: 'give the run another name, or remove the file if it is no longer needed',
    });
  }
  const sameRecord = oldRecord?.toString('utf8') === text;
  if (sameCsv && sameRecord) return { ...paths, written: false };
  await makeFolder(paths.folder);
  if (!sameRecord) await writeFileAtomic(paths.record, text);
  if (!sameCsv) await writeFileAtomic(paths.csv, bytes);
  return { ...paths, written: true };
}

/** Makes a folder and those above it. @throws PodiumError `file-not-writable` and its kin */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError(await reasonOf(error, folder), folder, 'write');
  }
}

/** Node.js says ENOENT of a folder that cannot be made on a read-only disk; asked about the one above, it says why. */
async function reasonOf(error: unknown, folder: string): Promise<unknown> {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error;
  for (let above = dirname(resolve(folder)); ; above = dirname(above)) {
    const denied = await access(above, constants.W_OK).catch((reason: NodeJS.ErrnoException) => reason);
    if (denied === undefined) return error;
    if (denied.code !== 'ENOENT') return denied;
    if (dirname(above) === above) return error;
  }
}

/** Names as the files have them. */
function normalized({ submission, ...record }: SubmissionRecord): SubmissionRecord {
  return {
    ...record,
    competition: record.competition.normalize('NFC'),
    run: record.run.normalize('NFC'),
    submission: { ...submission, file: submission.file.normalize('NFC') },
  };
}

function checkRecord({ submission, run }: SubmissionRecord, bytes: Uint8Array, paths: SubmissionPaths): void {
  const file = `${safeName(run, 'run')}.csv`;
  const wrong = (key: string, expected: string, got: string) => {
    throw new PodiumError({
      code: 'submission-record',
      message: 'the record is not that of these bytes',
      path: { file: paths.record, key: `submission.${key}` },
      expected,
      got,
      fix: 'make the record from the submission that is written',
    });
  };
  const sha256 = hashBytes(bytes);
  if (submission.sha256 !== sha256) wrong('sha256', sha256, submission.sha256);
  if (submission.bytes !== bytes.length) wrong('bytes', String(bytes.length), String(submission.bytes));
  if (submission.file !== file) wrong('file', file, submission.file);
}

async function ifThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError(error, path, 'read');
  }
}
