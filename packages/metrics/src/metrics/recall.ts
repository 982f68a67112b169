import type { Metric } from '../metric.ts';
import { type ClassAverageOptions, FRACTIONS } from '../support/class-average.ts';
import { classMetric, usualAverages } from '../support/class-metric.ts';

/**
 * Of a class's true rows, the share that is predicted as it, averaged over classes; scikit-learn's recall_score. A row of weight 0 does not
 * make its class present.
 */
export function recall(options: ClassAverageOptions = {}): Metric {
  return classMetric('recall', FRACTIONS.recall, options);
}

export const entries: readonly Metric[] = usualAverages(recall);
