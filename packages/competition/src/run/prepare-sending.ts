import { join, resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { type Head, readDataset, readManifest, type SubmissionFormat } from '@podium/dataset';
import { metrics } from '@podium/metrics';
import { openStore } from '@podium/pipeline';
import { type LintReport, relintSubmission } from '@podium/submission';
import { type HeadPredictions, readHeads } from '../artifacts/head-predictions.ts';
import { readFormat } from '../artifacts/json.ts';
import { findRun, type RecordedRun, recordedInstance, storedOutputs } from './recorded-run.ts';

/** A submission that was checked again and can be sent. */
export interface PreparedSending {
  readonly run: RecordedRun;
  readonly csv: string;
  /** Do not send it unless `lint.ok`. */
  readonly lint: LintReport;
  /** The CSV was edited since the run wrote it. */
  readonly edited: boolean;
  /** The run and its cross-validation score: a name for the submission at its destination. */
  readonly message: string;
}

/**
 * Finds a run's submission and lints it again: against the sample, the submission before it and, if the store still has
 * them, the run's out-of-fold predictions.
 * @param given the run's name, its record, or its CSV
 * @param options.submissions the folder of all submissions
 * @param options.store folder of the store. Default: the run's own
 * @param options.accept rules of the linter to accept besides those of the settings
 * @throws PodiumError as `findRun` and `relintSubmission`; `submit-no-csv` for a run of `podium train`;
 * `submit-no-sample` without a sample submission
 */
export async function prepareSending(
  given: string,
  options: {
    readonly submissions: string;
    readonly store?: string;
    readonly accept?: readonly string[];
  },
): Promise<PreparedSending> {
  const run = await findRun(given, options.submissions);
  const { submission: record, settings, score, base } = run;
  if (record === undefined) {
    throw new PodiumError({
      code: 'submit-no-csv',
      path: { file: given },
      message: 'this run of "podium train" has no submission',
      fix: 'make one: podium run',
    });
  }
  const data = run.stages.sources.data;
  if (data === undefined) {
    throw new PodiumError({
      code: 'submit-no-sample',
      path: { file: run.file },
      message: 'the record does not name the competition folder, so there is no sample to check against',
      fix: 'run again',
    });
  }
  const csv = given.endsWith('.csv') ? resolve(given) : join(base, record.submission.file);
  const root = resolve(base, data.path);
  const stored = await readStored(run, options.store);
  const known = stored ?? (await readFolder(run, root));
  const { lint, edited } = await relintSubmission(record, {
    csv,
    root,
    heads: known.heads,
    format: known.format,
    outOfFold: stored?.outOfFold,
    submissions: base,
    accept: [...settings.submission.accept, ...(options.accept ?? [])],
  });
  const cv = score === null ? '' : `, ${score.metric} ${score.cv.toFixed(4)} in cross-validation`;
  return { run, csv, lint, edited, message: `podium ${run.run}${cv}` };
}

interface StoredResults {
  readonly heads: readonly Head[];
  readonly outOfFold: HeadPredictions;
  readonly format: SubmissionFormat | undefined;
}

/** What the store still has of a run; undefined if it was cleaned. */
async function readStored(run: RecordedRun, folder: string | undefined): Promise<StoredResults | undefined> {
  try {
    const store = await openStore(folder ?? join(run.folder, '.podium'));
    const data = await storedOutputs(store, run, recordedInstance(run, 'data'));
    const [reference] = recordedInstance(run, 'submission').inputs.oof ?? [];
    if (reference === undefined || !('from' in reference)) return undefined;
    const blended = await storedOutputs(store, run, recordedInstance(run, reference.from));
    const outOfFold = await readHeads(blended[reference.output]!);
    const { heads } = await readManifest(data.train!);
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
