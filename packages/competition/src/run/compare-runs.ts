import { PodiumError, type Predictions, Rng } from '@podium/core';
import { type Manifest, readManifest } from '@podium/dataset';
import { type Comparison, compareModels, metrics, type ScoredRows } from '@podium/metrics';
import { diffRuns, openStore, type RunDifference } from '@podium/pipeline';
import { type HeadPredictions, readHeads } from '../artifacts/head-predictions.ts';
import { type DataFormat, readFormat } from '../artifacts/json.ts';
import { finalOutput } from '../graph/recorded-graph.ts';
import { openDataFolder } from '../graph/recorded-sources.ts';
import { scoredTargets } from '../heads/scored-targets.ts';
import { DEFAULT_METRIC, predictedHeads, readForm } from '../heads/submission-form.ts';
import { score } from '../stages/score.ts';
import type { Trust } from '../trust/assert-trusted.ts';
import {
  type RecordedRun,
  recordedInstance,
  recordedSettings,
  storedOutput,
  storedOutputs,
} from './recorded-run.ts';

const RESAMPLES = 1000;

export interface CompareOptions {
  /** Folder of the store of both. Default: each run's own. */
  readonly store?: string | undefined;
  /** Whether a competition folder outside of the project may be read. Default: only if it was trusted before. */
  readonly trust?: Trust | undefined;
}

/** How two runs differ. */
export interface RunComparison {
  readonly differences: readonly RunDifference[];
  /** By head: the paired comparison of out-of-fold predictions. */
  readonly heads: Readonly<Record<string, Comparison & { readonly rows: number }>>;
  /** Why predictions could not be compared. */
  readonly unpaired?: string;
}

/**
 * Compares two runs' records, and their predictions if the stores still have them.
 */
export async function compareRuns(
  a: RecordedRun,
  b: RecordedRun,
  { store, trust }: CompareOptions = {},
): Promise<RunComparison> {
  const differences = diffRuns(a.stages, b.stages);
  try {
    return { differences, heads: await comparePredictions(a, b, { store, trust }) };
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    return { differences, heads: {}, unpaired: error.message };
  }
}

async function comparePredictions(
  a: RecordedRun,
  b: RecordedRun,
  { store, trust }: CompareOptions,
): Promise<RunComparison['heads']> {
  const [name, other] = [metricOf(a), metricOf(b)];
  if (name !== other) {
    throw new PodiumError({
      code: 'runs-metric',
      message: 'the runs have different metrics',
      expected: name,
      got: other,
    });
  }
  const metric = metrics.get(name);
  const [ofA, ofB] = [await outOfFold(a, store), await outOfFold(b, store)];
  const [first, second] = paired(ofA.predictions, ofB.predictions);
  // The true labels are those of the first run, for both.
  const [rowsA, rowsB] = [
    await scoredRows(a, ofA.format, ofA.manifest, first, trust),
    await scoredRows(b, ofB.format, ofA.manifest, second, trust),
  ];
  const heads: [string, Comparison & { rows: number }][] = [];
  for (const [head, own] of rowsA) {
    const others = rowsB.get(head);
    if (others === undefined) continue;
    // The same resamples for the same data, whichever runs they are.
    const rng = Rng.fromSeed('compare').split(head);
    const comparison = compareModels({ ...own, folds: undefined }, { ...others, folds: undefined }, metric, {
      rng,
      resamples: RESAMPLES,
    });
    heads.push([head, { ...comparison, rows: own.length }]);
  }
  return Object.fromEntries(heads);
}

function metricOf({ score, settings }: RecordedRun): string {
  return score?.metric ?? settings.metric ?? DEFAULT_METRIC;
}

/** What a run's score is computed from. */
interface OutOfFold {
  readonly predictions: HeadPredictions;
  readonly manifest: Manifest;
  readonly format: DataFormat;
}

async function outOfFold(run: RecordedRun, folder: string | undefined): Promise<OutOfFold> {
  const store = await openStore(folder ?? run.store);
  const predicted = await storedOutput(store, run, finalOutput(run.stages.instances, 'oof'));
  const data = await storedOutputs(store, run, recordedInstance(run, 'data'));
  return {
    predictions: await readHeads(predicted),
    manifest: await readManifest(data.train!),
    format: await readFormat(data.format!),
  };
}

/** The predictions of both runs for the images and heads that both have, with the same classes in the same order. */
function paired(a: HeadPredictions, b: HeadPredictions): readonly [HeadPredictions, HeadPredictions] {
  const [first, second] = [new Map<string, Predictions>(), new Map<string, Predictions>()];
  for (const [head, own] of a) {
    const other = b.get(head);
    if (other === undefined) continue;
    const ids = own.ids.filter((id) => other.indexOf(id) !== undefined);
    first.set(head, own.select(ids));
    second.set(head, other.select(ids).alignClasses(own.classes));
  }
  return [first, second];
}

/** By what is scored: the rows as a grader reads them from what the run's submission writes. */
async function scoredRows(
  run: RecordedRun,
  format: DataFormat,
  { heads, rows }: Manifest,
  predictions: HeadPredictions,
  trust: Trust | undefined,
): Promise<Map<string, ScoredRows>> {
  const { form: settings } = recordedSettings(run, 'score', score);
  const known = predictedHeads(heads, predictions);
  const data = settings && (await openDataFolder(run, trust));
  const form =
    data === undefined ? undefined : await readForm({ data, format, heads: known, settings: settings! });
  return new Map(scoredTargets(predictions, rows, form).map((target) => [target.name, target.rows]));
}
