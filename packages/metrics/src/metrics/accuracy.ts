import { defineMetric, type Metric, meanOfRows } from '../metric.ts';

/** The share of rows whose class is predicted correctly. */
export const accuracy: Metric = defineMetric({
  name: 'accuracy',
  title: 'Accuracy',
  meaning: 'The share of images whose class is predicted correctly; 1 is perfect.',
  direction: 'higher',
  range: [0, 1],
  needs: 'classes',
  tasks: ['single-label'],
  prepare: ({ truth, predicted }) => meanOfRows(truth.map((k, row) => (k === predicted[row] ? 1 : 0))),
});

export const entries: readonly Metric[] = [accuracy];
