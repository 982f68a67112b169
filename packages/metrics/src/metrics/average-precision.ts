import { defineMetric, type Metric } from '../metric.ts';
import { type OneVsRestOptions, prepareOneVsRest, type Ranking } from '../support/one-vs-rest.ts';

/**
 * The area under the precision-recall curve of each class against the rest, as a sum of steps, averaged;
 * scikit-learn's average_precision_score. With labels: 'all' a class without true rows counts 0.
 */
export function averagePrecision(options: OneVsRestOptions = {}): Metric {
  const undefinedIs = options.labels === 'all' ? 0 : Number.NaN;
  return defineMetric({
    name: `average-precision-${options.average ?? 'macro'}${options.labels === 'all' ? '-all' : ''}`,
    direction: 'higher',
    range: [0, 1],
    needs: 'probabilities',
    tasks: ['single-label', 'multi-label'],
    prepare: (rows) =>
      prepareOneVsRest(rows, (ranking, weights) => steps(ranking, weights, undefinedIs), options),
  });
}

function steps({ order, ends, positive }: Ranking, weights: Float64Array, undefinedIs: number): number {
  let found = 0;
  let seen = 0;
  let block = 0;
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    const weight = weights[order[i]!]!;
    seen += weight;
    if (positive[i] === 1) block += weight;
    // Where nothing weighs anything yet there is no precision, and no step either.
    if (ends[i] === 0 || block === 0) continue;
    found += block;
    sum += block * (found / seen);
    block = 0;
  }
  return found === 0 ? undefinedIs : sum / found;
}

export const entries: readonly Metric[] = [averagePrecision(), averagePrecision({ average: 'weighted' })];
