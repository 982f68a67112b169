import type { WeightedScore } from '../metric.ts';
import { fail, type ScoredRows } from '../scored-rows.ts';

export interface OneVsRestOptions {
  /** Mean over classes, or the same weighted by true rows. Default: macro. */
  readonly average?: 'macro' | 'weighted';
  /**
   * Classes that the score is not defined for: left out of the mean (present), or counted as scikit-learn does (all).
   * Default: present.
   */
  readonly labels?: 'present' | 'all';
}

/** A class's rows from its highest score to its lowest. */
export interface Ranking {
  /** `[N]` row numbers. */
  readonly order: Uint32Array;
  /** `[N]`, by rank: 1 where the next row's score is lower, so that equal scores are taken together. */
  readonly ends: Uint8Array;
  /** `[N]`, by rank: 1 where the row is of the class. */
  readonly positive: Uint8Array;
}

/** Rankings take 6 bytes an entry; beyond this many (400 MB) they are made again for every score. */
const MOST_KEPT = 2 ** 26;

/** A class's score, NaN where the class is not defined. */
type ClassScore = (ranking: Ranking, weights: Float64Array) => number;

/**
 * The mean over classes of a score of each class against the rest. Of two classes that exclude each other only the
 * second counts, as in scikit-learn's binary case.
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
      message: 'a ranking of one class against the rest needs a rest: there is one class only',
      fix: 'score at least two classes',
    });
  }
  const columns = rows.task === 'single-label' && width === 2 ? [1] : [...rows.classes.keys()];
  const kept = rows.length * columns.length <= MOST_KEPT ? columns.map((k) => rank(rows, k)) : undefined;
  return (weights) => {
    let sum = 0;
    let total = 0;
    for (const [i, column] of columns.entries()) {
      const ranking = kept?.[i] ?? rank(rows, column);
      const own = score(ranking, weights);
      const weight = average === 'macro' ? 1 : positives(ranking, weights);
      // A class without true rows weighs nothing in the weighted mean, defined or not.
      if (weight === 0 || (labels === 'present' && Number.isNaN(own))) continue;
      sum += weight * own;
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

function rank({ probabilities, truth, classes, task, length }: ScoredRows, k: number): Ranking {
  const width = classes.length;
  const scoreOf = (row: number) => probabilities[row * width + k]!;
  const order = Uint32Array.from({ length }, (_, row) => row).sort(
    (a, b) => scoreOf(b) - scoreOf(a) || a - b,
  );
  const ends = Uint8Array.from(order, (row, i) =>
    i + 1 === length || scoreOf(order[i + 1]!) !== scoreOf(row) ? 1 : 0,
  );
  const isTrue = (row: number) => (task === 'single-label' ? truth[row] === k : truth[row * width + k] === 1);
  return { order, ends, positive: Uint8Array.from(order, (row) => (isTrue(row) ? 1 : 0)) };
}
