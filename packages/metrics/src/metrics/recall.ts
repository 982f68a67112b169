import { type ClassAverageOptions, FRACTIONS } from '../class-counts/class-average.ts';
import { classMetric, usualAverages } from '../class-counts/class-metric.ts';
import type { Metric } from '../metric.ts';

const NAMES = {
  kind: 'recall',
  title: 'recall',
  meaning: 'The share of the images of a class that are predicted as it',
};

/**
 * Of the true rows of a class, the share predicted as it, averaged over classes; scikit-learn's recall_score. Rows with
 * weight 0 do not make their class present.
 */
export function recall(options: ClassAverageOptions = {}): Metric {
  return classMetric(NAMES, FRACTIONS.recall, options);
}

export const entries: readonly Metric[] = usualAverages(recall);
