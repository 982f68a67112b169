import { meanOfColumns } from '../columns.ts';
import { defineMetric, type Metric, meanOfRows } from '../metric.ts';

/** The mean absolute error, averaged over columns; scikit-learn's mean_absolute_error. */
export const mae: Metric = defineMetric({
  name: 'mae',
  title: 'MAE',
  meaning: 'The mean absolute error, in the units of the target and averaged over its columns; 0 is perfect.',
  direction: 'lower',
  range: [0, Number.POSITIVE_INFINITY],
  needs: 'numbers',
  tasks: ['regression'],
  prepare: (rows) =>
    meanOfColumns(rows, ({ truth, predicted }) =>
      meanOfRows(truth.map((value, row) => Math.abs(predicted[row]! - value))),
    ),
});

export const entries: readonly Metric[] = [mae];
