import { type ClassAverageOptions, FRACTIONS } from '../class-counts/class-average.ts';
import { classMetric, usualAverages } from '../class-counts/class-metric.ts';
import type { Metric } from '../metric.ts';

const NAMES = { kind: 'f1', title: 'F1', meaning: 'The harmonic mean of precision and recall' };

/**
 * The harmonic mean of a class's precision and recall, averaged over classes; scikit-learn's f1_score. Rows with weight 0
 * do not make their class present.
 */
export function f1(options: ClassAverageOptions = {}): Metric {
  return classMetric(NAMES, FRACTIONS.f1, options);
}

export const entries: readonly Metric[] = usualAverages(f1);
