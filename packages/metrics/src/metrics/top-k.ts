import { defineMetric, type Metric, meanOfRows } from '../metric.ts';
import { fail, type ScoredRows } from '../scored-rows.ts';

/**
 * The share of rows whose true class is among the `k` most probable. Of equal probabilities the later class comes
 * first, as in scikit-learn's top_k_accuracy_score.
 * @throws PodiumError `metric-option` unless k is an integer >= 1.
 */
export function topK(k: number): Metric {
  if (!Number.isInteger(k) || k < 1) {
    fail({ code: 'metric-option', path: { key: 'k' }, expected: 'an integer >= 1', got: String(k) });
  }
  return defineMetric({
    name: `top-${k}`,
    direction: 'higher',
    range: [0, 1],
    needs: 'probabilities',
    tasks: ['single-label'],
    prepare: (rows) => meanOfRows(rows.truth.map((_, row) => (placeOfTruth(rows, row) < k ? 1 : 0))),
  });
}

function placeOfTruth({ probabilities, truth, classes }: ScoredRows, row: number): number {
  const at = row * classes.length;
  const own = truth[row]!;
  const score = probabilities[at + own]!;
  let before = 0;
  for (let k = 0; k < classes.length; k++) {
    const other = probabilities[at + k]!;
    if (other > score || (other === score && k > own)) before++;
  }
  return before;
}

export const entries: readonly Metric[] = [topK(3), topK(5)];
