import { defineMetric, type Metric } from '../metric.ts';
import { margins, prepareConfusion } from '../support/confusion.ts';

/**
 * Matthews' correlation coefficient of K classes (Gorodkin 2004); scikit-learn's matthews_corrcoef: 0 where all rows
 * are of one class or predicted as one.
 */
export const mcc: Metric = defineMetric({
  name: 'mcc',
  direction: 'higher',
  range: [-1, 1],
  needs: 'classes',
  tasks: ['single-label'],
  prepare: (rows) => {
    const confuse = prepareConfusion(rows);
    const width = rows.classes.length;
    return (weights) => {
      const counts = confuse(weights);
      const { actual, predicted } = margins(counts, width);
      let total = 0;
      let right = 0;
      let both = 0;
      let actualSquares = 0;
      let predictedSquares = 0;
      for (let k = 0; k < width; k++) {
        const a = actual[k] as number;
        const p = predicted[k] as number;
        total += a;
        right += counts[k * width + k] as number;
        both += a * p;
        actualSquares += a * a;
        predictedSquares += p * p;
      }
      const spread = (total * total - predictedSquares) * (total * total - actualSquares);
      return spread <= 0 ? 0 : (right * total - both) / Math.sqrt(spread);
    };
  },
});

export const entries: readonly Metric[] = [mcc];
