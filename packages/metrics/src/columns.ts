import type { WeightedScore } from './metric.ts';
import type { NumberRows, ScoredRows } from './scored-rows.ts';

/** One column of a regression head. */
interface NumberColumn {
  /** `[N]` */
  readonly truth: Float64Array;
  /** `[N]` */
  readonly predicted: Float64Array;
}

/** Prepares the score of one column. */
export type ColumnScore = (column: NumberColumn) => WeightedScore;

/** The columns of regression rows. */
function columnsOf({ numbers, classes, length }: ScoredRows): NumberColumn[] {
  const width = classes.length;
  const pick = (values: NumberRows['predicted'], k: number) =>
    Float64Array.from({ length }, (_, row) => values[row * width + k]!);
  return classes.map((_, k) => ({ truth: pick(numbers.truth, k), predicted: pick(numbers.predicted, k) }));
}

/**
 * The mean over columns of each column's score, as scikit-learn's multioutput='uniform_average'; NaN if a column has none.
 * @param columnWeights `[K]`: scikit-learn's multioutput as a list of weights
 */
export function meanOfColumns(
  rows: ScoredRows,
  scoreOf: ColumnScore,
  columnWeights: ArrayLike<number> = new Float64Array(rows.classes.length).fill(1),
): WeightedScore {
  const scores = columnsOf(rows).map(scoreOf);
  return (weights) => {
    let sum = 0;
    let total = 0;
    for (const [k, score] of scores.entries()) {
      const weight = columnWeights[k]!;
      // A column that weighs nothing may be undefined.
      if (weight === 0) continue;
      sum += weight * score(weights);
      total += weight;
    }
    return sum / total;
  };
}

/** The weighted correlation of two lists `[N]`; NaN if one of them does not vary. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>, weights: Float64Array): number {
  const meanA = weightedMean(a, weights);
  const meanB = weightedMean(b, weights);
  let [ab, aa, bb, squaresA, squaresB] = [0, 0, 0, 0, 0];
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    const x = a[i]! - meanA;
    const y = b[i]! - meanB;
    ab += weight * x * y;
    aa += weight * x * x;
    bb += weight * y * y;
    squaresA += weight * a[i]! ** 2;
    squaresB += weight * b[i]! ** 2;
  }
  // What rounding leaves of a constant list is no variation.
  if (aa <= squaresA * 1e-28 || bb <= squaresB * 1e-28) return Number.NaN;
  return Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)));
}

/** The weighted mean of a list `[N]`. */
export function weightedMean(values: ArrayLike<number>, weights: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]! * values[i]!;
    total += weights[i]!;
  }
  return sum / total;
}
