import type { Metric } from '../metric.ts';
import { type ClassAverageOptions, FRACTIONS } from '../support/class-average.ts';
import { classMetric, usualAverages } from '../support/class-metric.ts';

/**
 * The harmonic mean of a class's precision and recall, averaged over classes; scikit-learn's f1_score. A row of weight 0 does not
 * make its class present.
 */
export function f1(options: ClassAverageOptions = {}): Metric {
  return classMetric('f1', FRACTIONS.f1, options);
}

export const entries: readonly Metric[] = usualAverages(f1);
