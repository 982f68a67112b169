import { meanOfColumns } from '../columns.ts';
import { defineMetric, type Metric } from '../metric.ts';
import { rootMeanSquare } from './rmse.ts';

/**
 * The RMSE of each column, averaged by the columns' weights; scikit-learn's root_mean_squared_error with a list of weights
 * as multioutput.
 */
export const weightedRmse: Metric = defineMetric({
  name: 'weighted-rmse',
  title: 'Weighted RMSE',
  meaning:
    'The root of the mean squared error of each column, averaged by the weights of the columns; 0 is perfect.',
  direction: 'lower',
  range: [0, Number.POSITIVE_INFINITY],
  needs: 'numbers',
  tasks: ['regression'],
  prepare: (rows) => meanOfColumns(rows, rootMeanSquare, rows.numbers.columnWeights),
});

export const entries: readonly Metric[] = [weightedRmse];
