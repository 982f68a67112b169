import { type ColumnScore, meanOfColumns } from '../columns.ts';
import { defineMetric, type Metric, meanOfRows } from '../metric.ts';

/** The root of the mean squared error of one column. */
export const rootMeanSquare: ColumnScore = ({ truth, predicted }) => {
  const meanSquare = meanOfRows(truth.map((value, row) => (predicted[row]! - value) ** 2));
  return (weights) => Math.sqrt(meanSquare(weights));
};

/** The root of the mean squared error, averaged over columns; scikit-learn's root_mean_squared_error. */
export const rmse: Metric = defineMetric({
  name: 'rmse',
  title: 'RMSE',
  meaning:
    'The root of the mean squared error, in the units of the target and averaged over its columns; 0 is perfect.',
  direction: 'lower',
  range: [0, Number.POSITIVE_INFINITY],
  needs: 'numbers',
  tasks: ['regression'],
  prepare: (rows) => meanOfColumns(rows, rootMeanSquare),
});

export const entries: readonly Metric[] = [rmse];
