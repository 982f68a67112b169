import { fail } from '@podium/core';
import { defineMetric, type Metric, meanOfRows } from '../metric.ts';
import type { ScoredRows } from '../scored-rows.ts';

export interface LogLossOptions {
  /** Probabilities are clipped to [clip, 1 - clip]. Default 2^-52, scikit-learn's for float64; many leaderboards use 1e-15. */
  readonly clip?: number;
}

/**
 * Minus the mean logarithm of the true class's probability; scikit-learn's log_loss. Multi-label: the mean binary
 * cross-entropy over rows and classes.
 * @throws PodiumError `metric-option` unless clip is in (0, 0.5)
 */
export function logLoss({ clip = 2 ** -52 }: LogLossOptions = {}): Metric {
  if (!(clip > 0 && clip < 0.5)) {
    fail({
      code: 'metric-option',
      path: { key: 'clip' },
      expected: 'a number in (0, 0.5)',
      got: String(clip),
    });
  }
  return logLossWithin(clip, 1 - clip);
}

/** Log loss with probabilities clipped to [low, high]. */
export function logLossWithin(low: number, high: number): Metric {
  const loss = (p: number) => -Math.log(Math.min(Math.max(p, low), high));
  return defineMetric({
    name: 'log-loss',
    title: 'Log loss',
    meaning:
      "Minus the mean logarithm of the true class's probability: how surprising the truth is; 0 is perfect.",
    direction: 'lower',
    range: [0, Number.POSITIVE_INFINITY],
    needs: 'probabilities',
    tasks: ['single-label', 'multi-label'],
    prepare: (rows) => meanOfRows(lossesOfRows(rows, loss)),
  });
}

function lossesOfRows(
  { probabilities, truth, classes, task, length }: ScoredRows,
  loss: (p: number) => number,
): Float64Array {
  const width = classes.length;
  const losses = new Float64Array(length);
  for (let row = 0; row < length; row++) {
    const start = row * width;
    if (task === 'single-label') {
      losses[row] = loss(probabilities[start + truth[row]!]!);
      continue;
    }
    let sum = 0;
    for (let i = start; i < start + width; i++) {
      const p = probabilities[i]!;
      sum += loss(truth[i] === 1 ? p : 1 - p);
    }
    losses[row] = sum / width;
  }
  return losses;
}

export const entries: readonly Metric[] = [logLoss()];
