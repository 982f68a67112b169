import { fail, type Ranking, rankRows } from '@podium/core';
import type { WeightedScore } from './metric.ts';
import type { ScoredRows } from './scored-rows.ts';

export interface OneVsRestOptions {
  /** Mean over classes, or mean weighted by true rows. Default: macro. */
  readonly average?: 'macro' | 'weighted';
  /**
   * Classes whose score is undefined are left out of the mean (present), or make it undefined as in scikit-learn (all).
   * Default: present.
   */
  readonly labels?: 'present' | 'all';
}

/** Rankings take 6 bytes per entry; above this number (400 MB) they are recomputed for every score. */
const MAX_CACHED = 2 ** 26;

/** A class's score, NaN if it is undefined. */
type ClassScore = (ranking: Ranking, weights: Float64Array) => number;

/**
 * The mean over classes of a one-vs-rest score. Of two mutually exclusive classes only the second counts, as in
 * scikit-learn's binary case.
 */
export function prepareOneVsRest(
  rows: ScoredRows,
  score: ClassScore,
  { average = 'macro', labels = 'present' }: OneVsRestOptions,
): WeightedScore {
  const width = rows.classes.length;
  if (rows.task === 'single-label' && width === 1) {
    fail({
      code: 'metric-undefined',
      message: 'ranking one class against the rest needs at least two classes',
      fix: 'score at least two classes',
    });
  }
  const columns = rows.task === 'single-label' && width === 2 ? [1] : [...rows.classes.keys()];
  const cached =
    rows.length * columns.length <= MAX_CACHED ? columns.map((k) => rankClass(rows, k)) : undefined;
  return (weights) => {
    let sum = 0;
    let total = 0;
    for (const [i, column] of columns.entries()) {
      const ranking = cached?.[i] ?? rankClass(rows, column);
      const value = score(ranking, weights);
      const weight = average === 'macro' ? 1 : positives(ranking, weights);
      // A class without true rows has no weight in the weighted mean, whether or not it is defined.
      if (weight === 0 || (labels === 'present' && Number.isNaN(value))) continue;
      sum += weight * value;
      total += weight;
    }
    return sum / total;
  };
}

function positives({ order, positive }: Ranking, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < order.length; i++) if (positive[i] === 1) sum += weights[order[i]!]!;
  return sum;
}

/** Rows from the highest probability of class k to the lowest. */
export function rankClass({ probabilities, truth, classes, task, length }: ScoredRows, k: number): Ranking {
  const width = classes.length;
  return rankRows(
    length,
    (row) => probabilities[row * width + k]!,
    (row) => (task === 'single-label' ? truth[row] === k : truth[row * width + k] === 1),
  );
}
