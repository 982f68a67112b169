import type { Ranking } from '@podium/core';
import { defineMetric, type Metric } from '../metric.ts';
import { type OneVsRestOptions, prepareOneVsRest } from '../one-vs-rest.ts';

/**
 * The area under the precision-recall curve of each class against the rest, as a sum of steps, averaged;
 * scikit-learn's average_precision_score. With `labels: 'all'` a class without true rows counts 0.
 */
export function averagePrecision(options: OneVsRestOptions = {}): Metric {
  const { average = 'macro', labels = 'present' } = options;
  const undefinedScore = labels === 'all' ? 0 : Number.NaN;
  return defineMetric({
    name: `average-precision-${average}${labels === 'all' ? '-all' : ''}`,
    title: `${average === 'macro' ? 'Macro' : 'Weighted'} average precision${labels === 'all' ? ' (all classes)' : ''}`,
    meaning: `The area under each class's precision-recall curve, averaged over classes${average === 'macro' ? '' : ' by their number of images'}; 1 is perfect.`,
    direction: 'higher',
    range: [0, 1],
    needs: 'probabilities',
    tasks: ['single-label', 'multi-label'],
    prepare: (rows) =>
      prepareOneVsRest(rows, (ranking, weights) => stepArea(ranking, weights, undefinedScore), options),
  });
}

/** The area under the precision-recall curve, as a sum of steps. */
export function stepArea(
  { order, ends, positive }: Ranking,
  weights: Float64Array,
  undefinedScore: number,
): number {
  let found = 0;
  let seen = 0;
  let block = 0;
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    const weight = weights[order[i]!]!;
    seen += weight;
    if (positive[i] === 1) block += weight;
    // Without any weight so far there is no precision, and no step.
    if (ends[i] === 0 || block === 0) continue;
    found += block;
    sum += block * (found / seen);
    block = 0;
  }
  return found === 0 ? undefinedScore : sum / found;
}

export const entries: readonly Metric[] = [averagePrecision(), averagePrecision({ average: 'weighted' })];
