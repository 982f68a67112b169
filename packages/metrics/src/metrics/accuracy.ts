import { defineMetric, type Metric, meanOfRows } from '../metric.ts';

/** The share of rows whose class is right. */
export const accuracy: Metric = defineMetric({
  name: 'accuracy',
  direction: 'higher',
  range: [0, 1],
  needs: 'classes',
  tasks: ['single-label'],
  prepare: ({ truth, decided }) => meanOfRows(truth.map((t, row) => (t === decided[row] ? 1 : 0))),
});

export const entries: readonly Metric[] = [accuracy];
