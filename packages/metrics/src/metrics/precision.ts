import type { Metric } from '../metric.ts';
import { type ClassAverageOptions, FRACTIONS } from '../support/class-average.ts';
import { classMetric, usualAverages } from '../support/class-metric.ts';

/**
 * Of the rows predicted as a class, the share that is of it, averaged over classes; scikit-learn's precision_score. A row of weight 0 does not
 * make its class present.
 */
export function precision(options: ClassAverageOptions = {}): Metric {
  return classMetric('precision', FRACTIONS.precision, options);
}

export const entries: readonly Metric[] = usualAverages(precision);
