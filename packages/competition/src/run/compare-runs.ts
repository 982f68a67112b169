import { join } from 'node:path';
import { PodiumError, Rng } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { type Comparison, compareModels, metrics } from '@podium/metrics';
import { diffRuns, openStore, type RunDifference } from '@podium/pipeline';
import { readHeads } from '../artifacts/head-predictions.ts';
import { finalOutput } from '../graph/recorded-graph.ts';
import { scored } from '../heads/scored-rows.ts';
import { type RecordedRun, recordedInstance, storedOutputs } from './recorded-run.ts';

const RESAMPLES = 1000;

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
 * @param store folder of the store of both. Default: each run's own
 */
export async function compareRuns(a: RecordedRun, b: RecordedRun, store?: string): Promise<RunComparison> {
  const differences = diffRuns(a.stages, b.stages);
  try {
    return { differences, heads: await comparePredictions(a, b, store) };
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    return { differences, heads: {}, unpaired: error.message };
  }
}

async function comparePredictions(
  a: RecordedRun,
  b: RecordedRun,
  store: string | undefined,
): Promise<RunComparison['heads']> {
  const name = a.settings.metric;
  if (name !== b.settings.metric) {
    throw new PodiumError({
      code: 'runs-metric',
      message: 'the runs have different metrics',
      expected: name,
      got: b.settings.metric,
    });
  }
  const metric = metrics.get(name);
  const { predictions: ofA, rows } = await outOfFold(a, store);
  const { predictions: ofB } = await outOfFold(b, store);
  const heads: Record<string, Comparison & { rows: number }> = {};
  for (const [head, first] of ofA) {
    const second = ofB.get(head);
    if (second === undefined) continue;
    const known = new Set(second.ids);
    const ids = first.ids.filter((id) => known.has(id));
    const paired = { a: first.select(ids), b: second.select(ids).alignClasses(first.classes) };
    // The same resamples for the same data, whichever runs they are.
    const rng = Rng.fromSeed('compare').split(head);
    const comparison = compareModels(
      { ...scored(paired.a, rows, head), folds: undefined },
      { ...scored(paired.b, rows, head), folds: undefined },
      metric,
      { rng, resamples: RESAMPLES },
    );
    heads[head] = { ...comparison, rows: ids.length };
  }
  return heads;
}

/** The predictions that a run's score is computed from, with their rows. */
async function outOfFold(run: RecordedRun, folder: string | undefined) {
  const store = await openStore(folder ?? join(run.folder, '.podium'));
  const { from, output } = finalOutput(run.stages.instances, 'oof');
  const predicted = await storedOutputs(store, run, recordedInstance(run, from));
  const data = await storedOutputs(store, run, recordedInstance(run, 'data'));
  const { rows } = await readManifest(data.train!);
  return { predictions: await readHeads(predicted[output]!), rows };
}
