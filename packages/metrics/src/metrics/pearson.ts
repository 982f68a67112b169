import { correlation, meanOfColumns } from '../columns.ts';
import { defineMetric, type Metric } from '../metric.ts';

/**
 * Pearson's correlation of true and predicted numbers, averaged over columns; SciPy's pearsonr. Undefined if either of them
 * does not vary.
 */
export const pearson: Metric = defineMetric({
  name: 'pearson',
  title: 'Pearson correlation',
  meaning:
    'How closely predicted and true numbers follow a straight line, whatever its slope, averaged over columns; 1 is perfect, 0 is chance.',
  direction: 'higher',
  range: [-1, 1],
  needs: 'numbers',
  tasks: ['regression'],
  prepare: (rows) =>
    meanOfColumns(
      rows,
      ({ truth, predicted }) =>
        (weights) =>
          correlation(truth, predicted, weights),
    ),
});

export const entries: readonly Metric[] = [pearson];
