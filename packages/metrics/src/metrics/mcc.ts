import { prepareTallies } from '../class-counts/tallies.ts';
import { defineMetric, type Metric } from '../metric.ts';

/**
 * Matthews correlation coefficient of K classes (Gorodkin 2004); scikit-learn's matthews_corrcoef. 0 if all rows belong to
 * one class or are predicted as one.
 */
export const mcc: Metric = defineMetric({
  name: 'mcc',
  title: 'Matthews correlation',
  meaning: 'The correlation between predicted and true classes; 0 is chance, 1 is perfect.',
  direction: 'higher',
  range: [-1, 1],
  needs: 'classes',
  tasks: ['single-label'],
  prepare: (rows) => {
    const tally = prepareTallies(rows);
    return (weights) => {
      const { hit, predicted, actual } = tally(weights);
      // Explicitly, since rounding could turn the divisor 0 into a small number.
      if (used(actual) < 2 || used(predicted) < 2) return 0;
      const total = dot(actual, () => 1);
      const both = dot(actual, (k) => predicted[k]!);
      const actualSpread = total * total - dot(actual, (k) => actual[k]!);
      const predictedSpread = total * total - dot(predicted, (k) => predicted[k]!);
      return (dot(hit, () => total) - both) / Math.sqrt(actualSpread * predictedSpread);
    };
  },
});

function used(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
}

function dot(left: Float64Array, right: (k: number) => number): number {
  return left.reduce((sum, value, k) => sum + value * right(k), 0);
}

export const entries: readonly Metric[] = [mcc];
