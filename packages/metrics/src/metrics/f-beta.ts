import type { Metric } from '../metric.ts';
import { fail } from '../scored-rows.ts';
import { type ClassAverageOptions, fBetaFraction } from '../support/class-average.ts';
import { classMetric } from '../support/class-metric.ts';

/**
 * The F score that gives recall `beta` times the importance of precision, averaged as `f1` is; scikit-learn's
 * fbeta_score.
 * @throws PodiumError `metric-option` unless beta is a finite number > 0.
 */
export function fBeta(beta: number, options: ClassAverageOptions = {}): Metric {
  if (!(beta > 0 && beta < Number.POSITIVE_INFINITY)) {
    fail({
      code: 'metric-option',
      path: { key: 'beta' },
      expected: 'a finite number > 0',
      got: String(beta),
    });
  }
  return classMetric(`f${beta}`, fBetaFraction(beta), options);
}

export const entries: readonly Metric[] = [fBeta(2, { average: 'macro' }), fBeta(2, { average: 'samples' })];
