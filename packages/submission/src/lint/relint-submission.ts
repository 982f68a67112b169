import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hashBytes, PodiumError, readBytes, removeTree, writeFileAtomic } from '@podium/core';
import type { Head, SubmissionFormat } from '@podium/dataset';
import { bindForm } from '../binding/bind-form.ts';
import { readSample } from '../csv/read-sample.ts';
import { readSubmissionTable, type SubmissionTable } from '../csv/submission-table.ts';
import type { PredictionsByHead } from '../forms/form.ts';
import { readPreviousSubmission } from '../ledger/previous-submission.ts';
import type { SubmissionRecord } from '../record/submission-record.ts';
import { type LintReport, lintSubmission } from './lint-submission.ts';

/** A CSV is read whole. */
const MAX_BYTES = 2 ** 31 - 1;

/** What a record does not hold. */
export interface RelintOptions {
  /** The CSV to check. */
  readonly csv: string;
  /** The competition's folder, with the sample submission. */
  readonly root: string;
  /** The heads that the submission was predicted with. */
  readonly heads: readonly Head[];
  /** The id column of the sample, and how it is read. Default: its first column, and what the file shows. */
  readonly format?: Pick<SubmissionFormat, 'idColumn' | 'reading'>;
  /** Out-of-fold predictions by head, if they are still available. */
  readonly outOfFold?: PredictionsByHead;
  /** The folder of the competition's submissions, with its ledger. Default: the CSV's folder. */
  readonly submissions?: string;
  /** Rules whose errors are accepted. */
  readonly accept?: readonly string[];
}

/**
 * Lints a submission again, from its record: against the sample and the submission before it.
 * @returns the report, whether the CSV has been edited since the run wrote it, and the bytes that were checked
 * @throws PodiumError `submit-no-sample` if the record has no sample; what reading and binding throw
 */
export async function relintSubmission(
  record: SubmissionRecord,
  options: RelintOptions,
): Promise<{ readonly lint: LintReport; readonly edited: boolean; readonly bytes: Uint8Array }> {
  const { csv, root, heads, outOfFold, accept } = options;
  const bytes = await readBytes(csv, { root: dirname(csv), maxBytes: MAX_BYTES });
  if (record.sample === null) {
    throw new PodiumError({
      code: 'submit-no-sample',
      message: 'the run had no sample submission, so there is nothing to check the CSV against',
      fix: 'add the sample submission to the competition folder, and run again',
    });
  }
  const { path } = record.sample;
  const { format } = options;
  const idColumn = format?.idColumn ?? (await readSubmissionTable(join(root, path), { name: path })).idColumn;
  const sample = await readSample(root, { path, idColumn, reading: format?.reading });
  const form = bindForm(record.submission.form, sample, heads);
  const previous = await readPreviousSubmission(options.submissions ?? dirname(csv), record.run, sample);
  const table = await ofBytes(bytes, (file) => readForLinting(file, csv, sample));
  const lint = lintSubmission(table, { sample, form, outOfFold, previous, accept });
  return { lint, edited: hashBytes(bytes) !== record.submission.sha256, bytes };
}

/** A file of its own with these bytes: what is checked is what is sent, even if the CSV changes meanwhile. */
async function ofBytes<T>(bytes: Uint8Array, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'podium-lint-'));
  try {
    const file = join(folder, 'submission.csv');
    await writeFileAtomic(file, bytes, { mode: 0o600 });
    return await use(file);
  } finally {
    await removeTree(folder);
  }
}

/** Without the id column, the header rule says what is wrong. */
async function readForLinting(
  file: string,
  name: string,
  { idColumn, reading }: Pick<SubmissionTable, 'idColumn' | 'reading'>,
): Promise<SubmissionTable> {
  try {
    return await readSubmissionTable(file, { name, idColumn, reading });
  } catch (error) {
    if (error instanceof PodiumError && error.code === 'table-unknown-column')
      return readSubmissionTable(file, { name });
    throw error;
  }
}
