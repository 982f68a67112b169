import { fail, type ScoredRows } from './scored-rows.ts';
import { margins, prepareConfusion } from './support/confusion.ts';

export interface ConfusionMatrix {
  readonly classes: readonly string[];
  /** `[K, K]` row by row: `counts[i * K + j]` is what is of class i and predicted as j. */
  readonly counts: Float64Array;
}

export interface ConfusionMatrixOptions {
  /** Divide by the rows that are true of a class, predicted as a class, or by all. A class without any gets 0. */
  readonly normalize?: 'truth' | 'prediction' | 'all';
}

/**
 * How classes are taken for each other, weighted; scikit-learn's confusion_matrix over all classes.
 * @throws PodiumError `metric-task` for multi-label rows: use `classReport` there.
 */
export function confusionMatrix(
  rows: ScoredRows,
  { normalize }: ConfusionMatrixOptions = {},
): ConfusionMatrix {
  if (rows.task !== 'single-label') {
    fail({
      code: 'metric-task',
      message: 'a confusion matrix needs classes that exclude each other',
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
  const under = (cell: number) =>
    normalize === 'truth'
      ? actual[Math.floor(cell / width)]
      : normalize === 'prediction'
        ? predicted[cell % width]
        : total;
  return {
    classes: rows.classes,
    counts: counts.map((count, cell) => (count === 0 ? 0 : count / under(cell)!)),
  };
}
