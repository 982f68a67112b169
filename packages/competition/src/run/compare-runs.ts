import { join } from 'node:path';
import { PodiumError, Rng } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { type Comparison, compareModels, metrics } from '@podium/metrics';
import { diffRuns, openStore, type RunDifference, renderRunDifference } from '@podium/pipeline';
import { readHeads } from '../artifacts/head-predictions.ts';
import { scored } from '../heads/scored-rows.ts';
import { type FoundRun, instanceOf, storedOutputs } from './run-record-file.ts';

const RESAMPLES = 1000;

/** In what two runs differ. */
export interface RunComparison {
  readonly differences: readonly RunDifference[];
  /** By head: the paired comparison of out-of-fold predictions. */
  readonly heads: Readonly<Record<string, Comparison & { readonly rows: number }>>;
  /** Why there is no comparison of predictions. */
  readonly unpaired?: string;
}

/** Compares two runs' records, and their predictions where the stores have them. */
export async function compareRuns(a: FoundRun, b: FoundRun, store?: string): Promise<RunComparison> {
  const differences = diffRuns(a.stages, b.stages);
  try {
    return { differences, heads: await comparePredictions(a, b, store) };
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    return { differences, heads: {}, unpaired: error.message };
  }
}

async function comparePredictions(a: FoundRun, b: FoundRun, store?: string): Promise<RunComparison['heads']> {
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
  const [ownA, ownB] = [await outOfFold(a, store), await outOfFold(b, store)];
  const heads: Record<string, Comparison & { rows: number }> = {};
  for (const [head, first] of ownA.predictions) {
    const second = ownB.predictions.get(head);
    if (second === undefined) continue;
    const known = new Set(second.ids);
    const ids = first.ids.filter((id) => known.has(id));
    const [rowsA, rowsB] = [first.select(ids), second.select(ids).alignClasses(first.classes)].map(
      (predictions) => ({
        ...scored(predictions, ownA.rows, head),
        folds: undefined,
      }),
    ) as [ReturnType<typeof scored>, ReturnType<typeof scored>];
    // The same resamples for the same data, whichever runs they are.
    const rng = Rng.fromSeed('compare').split(head);
    heads[head] = { ...compareModels(rowsA, rowsB, metric, { rng, resamples: RESAMPLES }), rows: ids.length };
  }
  return heads;
}

/** The predictions that a run's score is of, with the rows that they are of. */
async function outOfFold(run: FoundRun, folder?: string) {
  const store = await openStore(folder ?? join(run.folder, '.podium'));
  const [reference] = instanceOf(run, 'score').inputs.blend ?? [];
  if (reference === undefined || !('from' in reference))
    throw new PodiumError({
      code: 'record-instance',
      path: { file: run.file },
      message: 'the score has no predictions',
    });
  const blended = await storedOutputs(store, run, instanceOf(run, reference.from));
  const data = await storedOutputs(store, run, instanceOf(run, 'data'));
  const { rows, heads } = await readManifest(data.train!);
  return { predictions: await readHeads(blended[reference.output]!), rows, heads };
}

/** Lines for people. */
export function describeComparison(a: FoundRun, b: FoundRun, comparison: RunComparison): string[] {
  const { differences, heads, unpaired } = comparison;
  const lines: string[] = [];
  for (const [head, { a: before, b: now, difference, withinNoise, better, rows }] of Object.entries(heads)) {
    const change = `${difference.estimate >= 0 ? '+' : ''}${difference.estimate.toFixed(4)}`;
    const verdict = withinNoise
      ? 'within noise: this data does not tell them apart'
      : `more than noise: ${better === 'b' ? b.run : a.run} is better`;
    lines.push(
      `${a.settings.metric} of ${head} on the same ${rows} images: ${before.toFixed(4)} -> ${now.toFixed(4)}`,
      `  ${change}, 95 % [${difference.low.toFixed(4)}, ${difference.high.toFixed(4)}]: ${verdict}`,
    );
  }
  if (unpaired !== undefined) {
    if (a.score !== null && b.score !== null)
      lines.push(`${a.score.metric}: ${a.score.cv.toFixed(4)} -> ${b.score.cv.toFixed(4)}`);
    lines.push(`The predictions could not be compared: ${unpaired.split('\n').join(' ')}`);
  }
  lines.push(differences.length === 0 ? 'Nothing else differs.' : `${differences.length} differences:`);
  for (const difference of differences) lines.push(`  ${renderRunDifference(difference)}`);
  return lines;
}
