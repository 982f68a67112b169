import { defineMetric, type Metric, meanOfRows } from '../metric.ts';
import { fail, type ScoredRows } from '../scored-rows.ts';

export interface LogLossOptions {
  /** Probabilities are kept this far from 0 and 1. Default 2^-52, scikit-learn's for float64; many leaderboards use 1e-15. */
  readonly clip?: number;
}

/**
 * Minus the mean logarithm of the true class's probability; scikit-learn's log_loss. Multi-label: the mean binary
 * cross-entropy over rows and classes.
 * @throws PodiumError `metric-option` unless clip is in (0, 0.5).
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
  const loss = (p: number) => -Math.log(Math.min(Math.max(p, clip), 1 - clip));
  return defineMetric({
    name: 'log-loss',
    direction: 'lower',
    range: [0, Number.POSITIVE_INFINITY],
    needs: 'probabilities',
    tasks: ['single-label', 'multi-label'],
    prepare: (rows) =>
      meanOfRows(Float64Array.from({ length: rows.length }, (_, row) => lossOfRow(rows, row, loss))),
  });
}

function lossOfRow(
  { probabilities, truth, classes, task }: ScoredRows,
  row: number,
  loss: (p: number) => number,
) {
  const width = classes.length;
  const at = row * width;
  if (task === 'single-label') return loss(probabilities[at + truth[row]!]!);
  let sum = 0;
  for (let i = at; i < at + width; i++) {
    const p = probabilities[i]!;
    sum += loss(truth[i] === 1 ? p : 1 - p);
  }
  return sum / width;
}

export const entries: readonly Metric[] = [logLoss()];
