import { type ColumnScore, meanOfColumns, weightedMean } from '../columns.ts';
import { defineMetric, type Metric } from '../metric.ts';

/**
 * The share of the target's variance that is predicted, averaged over columns; scikit-learn's r2_score with
 * force_finite=False: undefined if the true numbers of a column do not vary.
 */
export const r2: Metric = defineMetric({
  name: 'r2',
  title: 'R²',
  meaning:
    "The share of the target's variance that is predicted, averaged over its columns; 1 is perfect, and always predicting the mean scores 0.",
  direction: 'higher',
  range: [Number.NEGATIVE_INFINITY, 1],
  needs: 'numbers',
  tasks: ['regression'],
  prepare: (rows) => meanOfColumns(rows, determination),
});

const determination: ColumnScore = ({ truth, predicted }) => {
  const errors = truth.map((value, row) => (predicted[row]! - value) ** 2);
  return (weights) => {
    const mean = weightedMean(truth, weights);
    let [residual, total, squares] = [0, 0, 0];
    for (let row = 0; row < truth.length; row++) {
      const weight = weights[row]!;
      residual += weight * errors[row]!;
      total += weight * (truth[row]! - mean) ** 2;
      squares += weight * truth[row]! ** 2;
    }
    // What rounding leaves of a constant column is no variance.
    return total <= squares * 1e-28 ? Number.NaN : 1 - residual / total;
  };
};

export const entries: readonly Metric[] = [r2];
