import { lstat, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { PodiumError, removeTree, writeFileAtomic } from '@podium/core';
import { type Head, readDataset, readManifestHead, type SubmissionFormat } from '@podium/dataset';
import { metrics } from '@podium/metrics';
import { openStore } from '@podium/pipeline';
import { type LintReport, relintSubmission } from '@podium/submission';
import { type HeadPredictions, readHeads } from '../artifacts/head-predictions.ts';
import { readFormat } from '../artifacts/json.ts';
import { openDataFolder } from '../graph/recorded-sources.ts';
import { readSettings } from '../settings/read-settings.ts';
import type { Trust } from '../trust/assert-trusted.ts';
import { findRun, type RecordedRun, recordedInstance, storedOutput, storedOutputs } from './recorded-run.ts';

/** A submission that was checked again and can be sent. */
export interface PreparedSending {
  readonly run: RecordedRun;
  readonly csv: string;
  /** The bytes that were checked; send these, since the file may change meanwhile: {@link withCheckedFile}. */
  readonly bytes: Uint8Array;
  /** Do not send it unless `lint.ok`. */
  readonly lint: LintReport;
  /** Rules of the linter that are accepted, by the settings of the project or by the caller; never by the record. */
  readonly accepted: readonly string[];
  /** Rules that the run accepted and nobody accepts now. */
  readonly acceptedByRun: readonly string[];
  /** The CSV was edited since the run wrote it. */
  readonly edited: boolean;
  /** The run and its cross-validation score: a name for the submission at its destination. */
  readonly message: string;
}

/**
 * Finds a run's submission and lints it again: against the sample, the submission before it and, if the store still has
 * them, the run's out-of-fold predictions. The record is untrusted input: the CSV is the file beside it that has the run's
 * name, and what the linter may let pass is not the record's to say.
 * @param given the run's name, its record, or its CSV
 * @param options.submissions the folder of all submissions
 * @param options.store folder of the store. Default: the run's own
 * @param options.accept rules of the linter to accept besides those of the project's settings
 * @param options.trust whether a competition folder outside of the project may be read
 * @throws PodiumError as `findRun` and `relintSubmission`; `submit-no-csv` for a run of `podium train`; `submit-link` for a
 * CSV that is a link; `submit-no-sample` without a sample submission; `untrusted`
 */
export async function prepareSending(
  given: string,
  options: {
    readonly submissions: string;
    readonly store?: string;
    readonly accept?: readonly string[];
    readonly trust?: Trust | undefined;
  },
): Promise<PreparedSending> {
  const run = await findRun(given, options.submissions);
  const { submission: record, score, base } = run;
  if (record === undefined) {
    throw new PodiumError({
      code: 'submit-no-csv',
      path: { file: given },
      message: 'this run of "podium train" has no submission',
      fix: 'make one: podium run',
    });
  }
  const root = await openDataFolder(run, options.trust);
  if (root === undefined) {
    throw new PodiumError({
      code: 'submit-no-sample',
      path: { file: run.file },
      message: 'the record does not name the competition folder, so there is no sample to check against',
      fix: 'run again',
    });
  }
  const csv = given.endsWith('.csv') ? resolve(given) : join(base, record.submission.file);
  await assertPlainFile(csv);
  const accepted = [...new Set([...(await acceptedBySettings(run)), ...(options.accept ?? [])])];
  const stored = await readStored(run, options.store);
  const known = stored ?? (await readFolder(run, root));
  const { lint, edited, bytes } = await relintSubmission(record, {
    csv,
    root,
    heads: known.heads,
    format: known.format,
    outOfFold: stored?.outOfFold,
    submissions: base,
    accept: accepted,
  });
  const cv = score === null ? '' : `, ${score.metric} ${score.cv.toFixed(4)} in cross-validation`;
  const acceptedByRun = run.settings.submission.accept.filter((rule) => !accepted.includes(rule));
  return { run, csv, bytes, lint, accepted, acceptedByRun, edited, message: `podium ${run.run}${cv}` };
}

/** Gives a file with the bytes that were checked, under the name of the CSV, and removes it at the end. */
export async function withCheckedFile<T>(
  { csv, bytes }: Pick<PreparedSending, 'csv' | 'bytes'>,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'podium-submit-'));
  try {
    const file = join(folder, basename(csv));
    await writeFileAtomic(file, bytes, { mode: 0o600 });
    return await use(file);
  } finally {
    await removeTree(folder);
  }
}

/** A link, or a link to its folder, could send any file. */
async function assertPlainFile(csv: string): Promise<void> {
  for (const path of [csv, dirname(csv)]) {
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined || !found.isSymbolicLink()) continue;
    throw new PodiumError({
      code: 'submit-link',
      path: { file: path },
      message: 'this is a link, so what would be sent lies elsewhere',
      expected: 'the CSV itself',
      fix: 'put a copy of the file there, or name the file that it leads to',
    });
  }
}

/** What the settings of the project accept, if they are of this competition. They are data: no code is run to read them. */
async function acceptedBySettings({ folder, competition }: RecordedRun): Promise<readonly string[]> {
  try {
    const { settings } = await readSettings(folder);
    return settings.competition === competition ? settings.submission.accept : [];
  } catch (error) {
    if (error instanceof PodiumError) return [];
    throw error;
  }
}

interface StoredResults {
  readonly heads: readonly Head[];
  readonly outOfFold: HeadPredictions;
  readonly format: SubmissionFormat | undefined;
}

/** What the store still has of a run; undefined if it was cleaned. */
async function readStored(run: RecordedRun, folder: string | undefined): Promise<StoredResults | undefined> {
  try {
    const store = await openStore(folder ?? run.store);
    const data = await storedOutputs(store, run, recordedInstance(run, 'data'));
    const [reference] = recordedInstance(run, 'submission').inputs.oof ?? [];
    if (reference === undefined || !('from' in reference)) return undefined;
    const outOfFold = await readHeads(await storedOutput(store, run, reference));
    const { heads } = await readManifestHead(data.train!);
    const { submission } = await readFormat(data.format!);
    return { heads: predictedHeads(heads, outOfFold), outOfFold, format: submission ?? undefined };
  } catch (error) {
    if (error instanceof PodiumError) return undefined;
    throw error;
  }
}

/** Heads as they were predicted: a combined head, but not the heads it was combined from. */
function predictedHeads(heads: readonly Head[], predictions: HeadPredictions): Head[] {
  return heads.flatMap((head) => {
    const classes = predictions.get(head.name)?.classes;
    return classes === undefined ? [] : [{ ...head, classes }];
  });
}

/** The same from the competition folder, as far as it has it. */
async function readFolder(
  { settings }: RecordedRun,
  root: string,
): Promise<Pick<StoredResults, 'heads' | 'format'>> {
  const { data, metric } = settings;
  const tasks = metric === undefined ? undefined : metrics.get(metric).tasks;
  const { heads, submission } = await readDataset(root, {
    layout: data.layout,
    settings: data.options,
    allowOutsideLinks: data.allowOutsideLinks,
    tasks,
  });
  return { heads, format: submission };
}
