import { defineMetric, type Metric } from '../metric.ts';
import { type OneVsRestOptions, prepareOneVsRest, type Ranking } from '../support/one-vs-rest.ts';

/**
 * The area under the ROC curve of each class against the rest, averaged: the chance that a true row scores above
 * another one, equal scores counting half. scikit-learn's roc_auc_score(multi_class='ovr'), which is not defined where
 * a class has no true row: so it is with labels: 'all'.
 */
export function rocAuc(options: OneVsRestOptions = {}): Metric {
  return defineMetric({
    name: `roc-auc-${options.average ?? 'macro'}${options.labels === 'all' ? '-all' : ''}`,
    direction: 'higher',
    range: [0, 1],
    needs: 'probabilities',
    tasks: ['single-label', 'multi-label'],
    prepare: (rows) => prepareOneVsRest(rows, area, options),
  });
}

/** The Mann-Whitney statistic, block of equal scores by block. */
function area({ order, ends, positive }: Ranking, weights: Float64Array): number {
  let above = 0;
  let below = 0;
  let blockAbove = 0;
  let blockBelow = 0;
  let pairs = 0;
  for (let i = 0; i < order.length; i++) {
    const weight = weights[order[i]!]!;
    if (positive[i] === 1) blockAbove += weight;
    else blockBelow += weight;
    if (ends[i] === 0) continue;
    pairs += blockBelow * (above + blockAbove / 2);
    above += blockAbove;
    below += blockBelow;
    blockAbove = 0;
    blockBelow = 0;
  }
  return pairs / (above * below);
}

export const entries: readonly Metric[] = [rocAuc(), rocAuc({ average: 'weighted' })];
