import { defineMetric, type Metric } from '../metric.ts';
import { prepareTallies } from '../support/tallies.ts';

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
    const tally = prepareTallies(rows);
    return (weights) => {
      const { hit, predicted, actual } = tally(weights);
      // Said outright: rounding of weights could leave a little of 0 to divide by.
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
