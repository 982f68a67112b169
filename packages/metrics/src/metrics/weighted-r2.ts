import { defineMetric, type Metric } from '../metric.ts';

/**
 * R² of the numbers of all columns together, each weighted by its column, around one weighted mean: the metric of CSIRO -
 * Image2Biomass Prediction (2025). Undefined if the true numbers do not vary.
 */
export const weightedR2: Metric = defineMetric({
  name: 'weighted-r2',
  title: 'Weighted R²',
  meaning:
    'The share of variance that is predicted, of the numbers of all columns together and weighted by column; 1 is perfect, and always predicting the common mean scores 0.',
  direction: 'higher',
  range: [Number.NEGATIVE_INFINITY, 1],
  needs: 'numbers',
  tasks: ['regression'],
  prepare: ({ numbers: { truth, predicted, columnWeights }, length }) => {
    const width = columnWeights.length;
    const columnSum = columnWeights.reduce((sum, weight) => sum + weight, 0);
    return (weights) => {
      let [sum, total] = [0, 0];
      for (let row = 0; row < length; row++) {
        total += weights[row]! * columnSum;
        for (let k = 0; k < width; k++) sum += weights[row]! * columnWeights[k]! * truth[row * width + k]!;
      }
      const mean = sum / total;
      let [residual, variance, squares] = [0, 0, 0];
      for (let i = 0; i < truth.length; i++) {
        const weight = weights[Math.floor(i / width)]! * columnWeights[i % width]!;
        residual += weight * (predicted[i]! - truth[i]!) ** 2;
        variance += weight * (truth[i]! - mean) ** 2;
        squares += weight * truth[i]! ** 2;
      }
      return variance <= squares * 1e-28 ? Number.NaN : 1 - residual / variance;
    };
  },
});

export const entries: readonly Metric[] = [weightedR2];
