import { defineMetric, type Metric, meanOfRows } from '../metric.ts';

/** Multi-label: the share of rows whose every class is right; scikit-learn's accuracy_score of label matrices. */
export const exactMatch: Metric = defineMetric({
  name: 'exact-match',
  direction: 'higher',
  range: [0, 1],
  needs: 'classes',
  tasks: ['multi-label'],
  prepare: ({ truth, decided, classes, length }) => {
    const right = new Uint8Array(length).fill(1);
    truth.forEach((t, i) => {
      if (t !== decided[i]) right[Math.floor(i / classes.length)] = 0;
    });
    return meanOfRows(right);
  },
});

export const entries: readonly Metric[] = [exactMatch];
