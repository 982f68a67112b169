import { fail } from '@podium/core';
import { defineMetric, type Metric, meanOfRows } from '../metric.ts';
import type { ScoredRows } from '../scored-rows.ts';

/**
 * Mean average precision at K for images with one true id each: 1 / rank of the true id, 0 beyond rank K; the metric of
 * Humpback Whale Identification and Happywhale for 5. Of equal probabilities the first class ranks first, as it is written
 * first in a submission.
 * @throws PodiumError `metric-option` unless k is an integer >= 1
 */
export function meanAveragePrecision(k: number): Metric {
  if (!Number.isInteger(k) || k < 1) {
    fail({ code: 'metric-option', path: { key: 'k' }, expected: 'an integer >= 1', got: String(k) });
  }
  return defineMetric({
    name: `map-${k}`,
    title: `MAP@${k}`,
    meaning: `One divided by the rank of the true id among the predicted ones, 0 beyond rank ${k}, averaged over images; 1 is perfect.`,
    direction: 'higher',
    range: [0, 1],
    needs: 'probabilities',
    tasks: ['single-label'],
    prepare: (rows) =>
      meanOfRows(
        Float64Array.from(rows.truth, (_, row) => {
          const rank = rankOfTruth(rows, row);
          return rank <= k ? 1 / rank : 0;
        }),
      ),
  });
}

/** From 1. */
function rankOfTruth({ probabilities, truth, classes }: ScoredRows, row: number): number {
  const start = row * classes.length;
  const label = truth[row]!;
  const score = probabilities[start + label]!;
  let rank = 1;
  for (let k = 0; k < classes.length; k++) {
    const other = probabilities[start + k]!;
    if (other > score || (other === score && k < label)) rank++;
  }
  return rank;
}

export const entries: readonly Metric[] = [meanAveragePrecision(3), meanAveragePrecision(5)];
