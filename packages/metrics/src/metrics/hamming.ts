import { defineMetric, type Metric, meanOfRows } from '../metric.ts';

/** Multi-label: the share of labels that are wrong; scikit-learn's hamming_loss. */
export const hamming: Metric = defineMetric({
  name: 'hamming',
  title: 'Hamming loss',
  meaning: 'The share of labels that are predicted incorrectly; 0 is perfect.',
  direction: 'lower',
  range: [0, 1],
  needs: 'classes',
  tasks: ['multi-label'],
  prepare: ({ truth, predicted, classes, length }) => {
    const wrong = new Float64Array(length);
    truth.forEach((label, i) => {
      const row = Math.floor(i / classes.length);
      if (label !== predicted[i]) wrong[row] = wrong[row]! + 1 / classes.length;
    });
    return meanOfRows(wrong);
  },
});

export const entries: readonly Metric[] = [hamming];
