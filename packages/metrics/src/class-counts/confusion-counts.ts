import type { ScoredRows } from '../scored-rows.ts';

/**
 * Single-label: weights of rows by true class (rows of the matrix) and predicted class (columns), `[K,K]`. Each call
 * overwrites the result of the one before.
 */
export function prepareConfusion(rows: ScoredRows): (weights: Float64Array) => Float64Array {
  const width = rows.classes.length;
  const cells = Int32Array.from(rows.truth, (truth, row) => truth * width + rows.predicted[row]!);
  const counts = new Float64Array(width * width);
  return (weights) => {
    counts.fill(0);
    for (let row = 0; row < cells.length; row++) {
      const cell = cells[row]!;
      counts[cell] = counts[cell]! + weights[row]!;
    }
    return counts;
  };
}

/** Sums of a `[K,K]` matrix by row (true classes) and by column (predicted classes). */
export function margins(
  counts: Float64Array,
  width: number,
): { actual: Float64Array; predicted: Float64Array } {
  const actual = new Float64Array(width);
  const predicted = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) {
      const count = counts[i * width + j]!;
      actual[i] = actual[i]! + count;
      predicted[j] = predicted[j]! + count;
    }
  }
  return { actual, predicted };
}
