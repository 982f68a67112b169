import { fail } from '@podium/core';
import { defineMetric, type Metric, meanOfRows } from '../metric.ts';
import type { ScoredRows } from '../scored-rows.ts';

/**
 * The share of rows whose true class is among the `k` most probable. Of equal probabilities the later class ranks first, as
 * in scikit-learn's top_k_accuracy_score.
 * @throws PodiumError `metric-option` unless k is an integer >= 1
 */
export function topK(k: number): Metric {
  if (!Number.isInteger(k) || k < 1) {
    fail({ code: 'metric-option', path: { key: 'k' }, expected: 'an integer >= 1', got: String(k) });
  }
  return defineMetric({
    name: `top-${k}`,
    title: `Top-${k} accuracy`,
    meaning: `The share of images whose true class is among the ${k} most probable; 1 is perfect.`,
    direction: 'higher',
    range: [0, 1],
    needs: 'probabilities',
    tasks: ['single-label'],
    prepare: (rows) => meanOfRows(rows.truth.map((_, row) => (rankOfTruth(rows, row) < k ? 1 : 0))),
  });
}

function rankOfTruth({ probabilities, truth, classes }: ScoredRows, row: number): number {
  const start = row * classes.length;
  const label = truth[row]!;
  const score = probabilities[start + label]!;
  let before = 0;
  for (let k = 0; k < classes.length; k++) {
    const other = probabilities[start + k]!;
    if (other > score || (other === score && k > label)) before++;
  }
  return before;
}

export const entries: readonly Metric[] = [topK(3), topK(5)];
