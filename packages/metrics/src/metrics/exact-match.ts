import { defineMetric, type Metric, meanOfRows } from '../metric.ts';

/** Multi-label: the share of rows with all classes predicted correctly; scikit-learn's accuracy_score of label matrices. */
export const exactMatch: Metric = defineMetric({
  name: 'exact-match',
  title: 'Exact match',
  meaning: 'The share of images whose labels are all predicted correctly; 1 is perfect.',
  direction: 'higher',
  range: [0, 1],
  needs: 'classes',
  tasks: ['multi-label'],
  prepare: ({ truth, predicted, classes, length }) => {
    const correct = new Uint8Array(length).fill(1);
    truth.forEach((label, i) => {
      if (label !== predicted[i]) correct[Math.floor(i / classes.length)] = 0;
    });
    return meanOfRows(correct);
  },
});

export const entries: readonly Metric[] = [exactMatch];
