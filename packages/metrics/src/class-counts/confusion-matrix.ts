import { fail } from '@podium/core';
import type { ScoredRows } from '../scored-rows.ts';
import { margins, prepareConfusion } from './confusion-counts.ts';

export interface ConfusionMatrix {
  readonly classes: readonly string[];
  /** `[K,K]` row by row: `counts[i * K + j]` is the weight of rows of class i that are predicted as j. */
  readonly counts: Float64Array;
}

export interface ConfusionMatrixOptions {
  /** Divide by the true rows of a class, by the rows predicted as a class, or by all rows. 0 / 0 is 0. */
  readonly normalize?: 'truth' | 'prediction' | 'all';
}

/**
 * Weighted confusion matrix; scikit-learn's confusion_matrix over all classes.
 * @throws PodiumError `metric-task` for multi-label rows: use `classReport` for those.
 */
export function confusionMatrix(
  rows: ScoredRows,
  { normalize }: ConfusionMatrixOptions = {},
): ConfusionMatrix {
  if (rows.task !== 'single-label') {
    fail({
      code: 'metric-task',
      message: 'a confusion matrix needs mutually exclusive classes',
      expected: 'single-label',
      got: rows.task,
      fix: 'use classReport() for multi-label rows',
    });
  }
  const width = rows.classes.length;
  const counts = prepareConfusion(rows)(rows.weights);
  if (normalize === undefined) return { classes: rows.classes, counts };
  const { actual, predicted } = margins(counts, width);
  const total = actual.reduce((sum, count) => sum + count, 0);
  const divisor = (cell: number) =>
    normalize === 'truth'
      ? actual[Math.floor(cell / width)]
      : normalize === 'prediction'
        ? predicted[cell % width]
        : total;
  return {
    classes: rows.classes,
    counts: counts.map((count, cell) => (count === 0 ? 0 : count / divisor(cell)!)),
  };
}
