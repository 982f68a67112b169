import { defineMetric, type Metric, meanOfRows } from '../metric.ts';

/** Multi-label: the share of all rows' classes that are wrong; scikit-learn's hamming_loss. */
export const hamming: Metric = defineMetric({
  name: 'hamming',
  direction: 'lower',
  range: [0, 1],
  needs: 'classes',
  tasks: ['multi-label'],
  prepare: ({ truth, decided, classes, length }) => {
    const wrong = new Float64Array(length);
    truth.forEach((t, i) => {
      const row = Math.floor(i / classes.length);
      if (t !== decided[i]) wrong[row] = wrong[row]! + 1 / classes.length;
    });
    return meanOfRows(wrong);
  },
});

export const entries: readonly Metric[] = [hamming];
