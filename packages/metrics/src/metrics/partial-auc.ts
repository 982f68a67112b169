import { fail, type Ranking } from '@podium/core';
import { defineMetric, type Metric } from '../metric.ts';
import { prepareOneVsRest } from '../one-vs-rest.ts';

/**
 * The area between the ROC curve and a least true-positive rate, averaged over classes: the metric of ISIC 2024 (Skin Cancer
 * Detection with 3D-TBP) for 0.8. Of two exclusive classes only the second counts. Undefined without rows of both kinds.
 * @param minTpr the rate above which the area counts, in [0, 1); the best score is `1 - minTpr`
 * @throws PodiumError `metric-option`
 */
export function partialAuc(minTpr: number): Metric {
  if (!(minTpr >= 0 && minTpr < 1)) {
    fail({
      code: 'metric-option',
      path: { key: 'minTpr' },
      expected: 'a number in [0, 1)',
      got: String(minTpr),
    });
  }
  const percent = Number((minTpr * 100).toFixed(6));
  const best = Number((1 - minTpr).toFixed(12));
  return defineMetric({
    name: `pauc-${percent}`,
    title: `Partial AUC above ${percent} % TPR`,
    meaning: `The area under the ROC curve where at least ${percent} % of the images of a class are found, averaged over classes; the best is ${percent} % less than 1.`,
    direction: 'higher',
    range: [0, best],
    needs: 'probabilities',
    tasks: ['single-label', 'multi-label'],
    prepare: (rows) => prepareOneVsRest(rows, (ranking, weights) => areaAbove(ranking, weights, minTpr), {}),
  });
}

/** The area to the right of the ROC curve, above a true-positive rate; between two thresholds the curve is straight. */
function areaAbove({ order, ends, positive }: Ranking, weights: Float64Array, minTpr: number): number {
  let [positives, negatives] = [0, 0];
  for (let i = 0; i < order.length; i++) {
    if (positive[i] === 1) positives += weights[order[i]!]!;
    else negatives += weights[order[i]!]!;
  }
  if (positives === 0 || negatives === 0) return Number.NaN;
  let [found, wrong, tpr, fpr, area] = [0, 0, 0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    if (positive[i] === 1) found += weights[order[i]!]!;
    else wrong += weights[order[i]!]!;
    if (ends[i] === 0) continue;
    const [nextTpr, nextFpr] = [found / positives, wrong / negatives];
    if (nextTpr > minTpr && nextTpr > tpr) {
      const from = Math.max(tpr, minTpr);
      const fprAtStart = fpr + ((nextFpr - fpr) * (from - tpr)) / (nextTpr - tpr);
      area += (nextTpr - from) * (1 - (fprAtStart + nextFpr) / 2);
    }
    [tpr, fpr] = [nextTpr, nextFpr];
  }
  return area;
}

export const entries: readonly Metric[] = [partialAuc(0.8)];
