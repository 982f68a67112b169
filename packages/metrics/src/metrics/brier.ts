import { defineMetric, type Metric, meanOfRows } from '../metric.ts';
import type { ScoredRows } from '../scored-rows.ts';

/**
 * The squared distance of probabilities from the truth, summed over classes, and halved for two classes; scikit-learn's
 * brier_score_loss. Multi-label: the mean over classes.
 */
export const brier: Metric = defineMetric({
  name: 'brier',
  title: 'Brier score',
  meaning: 'The squared distance of the probabilities from the truth; 0 is perfect.',
  direction: 'lower',
  range: [0, 2],
  needs: 'probabilities',
  tasks: ['single-label', 'multi-label'],
  prepare: (rows) => meanOfRows(Float64Array.from({ length: rows.length }, (_, row) => distance(rows, row))),
});

function distance({ probabilities, truth, classes, task }: ScoredRows, row: number): number {
  const width = classes.length;
  const single = task === 'single-label';
  let sum = 0;
  for (let k = 0; k < width; k++) {
    const target = single ? Number(truth[row] === k) : truth[row * width + k]!;
    sum += (probabilities[row * width + k]! - target) ** 2;
  }
  if (!single) return sum / width;
  return width === 2 ? sum / 2 : sum;
}

export const entries: readonly Metric[] = [brier];
