import { fail } from '@podium/core';
import { type ClassAverageOptions, fBetaFraction } from '../class-counts/class-average.ts';
import { classMetric } from '../class-counts/class-metric.ts';
import type { Metric } from '../metric.ts';

/**
 * The F score that gives recall `beta` times the weight of precision, averaged as `f1` is; scikit-learn's fbeta_score.
 * @throws PodiumError `metric-option` unless beta is a finite number > 0
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
  const names = {
    kind: `f${beta}`,
    title: `F${beta}`,
    meaning: `The mean of precision and recall that gives recall ${beta} times the weight`,
  };
  return classMetric(names, fBetaFraction(beta), options);
}

export const entries: readonly Metric[] = [fBeta(2, { average: 'macro' }), fBeta(2, { average: 'samples' })];
