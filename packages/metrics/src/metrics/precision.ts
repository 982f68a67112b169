import { type ClassAverageOptions, FRACTIONS } from '../class-counts/class-average.ts';
import { classMetric, usualAverages } from '../class-counts/class-metric.ts';
import type { Metric } from '../metric.ts';

const NAMES = {
  kind: 'precision',
  title: 'precision',
  meaning: 'The share of the images predicted as a class that belong to it',
};

/**
 * Of the rows predicted as a class, the share that belongs to it, averaged over classes; scikit-learn's precision_score.
 * Rows with weight 0 do not make their class present.
 */
export function precision(options: ClassAverageOptions = {}): Metric {
  return classMetric(NAMES, FRACTIONS.precision, options);
}

export const entries: readonly Metric[] = usualAverages(precision);
