import type { Metric } from '../metric.ts';
import { fail, nameRow, type ScoredRows } from '../scored-rows.ts';
import { type Interval, intervalOf } from './interval.ts';
import { type BootstrapOptions, resample } from './resample.ts';

/** What is known about which of two models is better. */
export interface Comparison {
  readonly a: number;
  readonly b: number;
  /** Of b - a. */
  readonly difference: Interval;
  /** The interval of the difference holds 0: this data does not tell the two apart. */
  readonly withinNoise: boolean;
  /** The better one, or undefined within noise. */
  readonly better: 'a' | 'b' | undefined;
  /** Share of resamples in which b is better than a, equal ones counting half. */
  readonly winsOfB: number;
}

/**
 * Two models' scores on the same rows and the interval of their difference, over the same resamples: what both find
 * hard cancels out, so far smaller differences show than by comparing two intervals.
 * @throws PodiumError `metric-compare` where the rows, their truth, weights or groups are not the same, and what
 * `bootstrap` throws.
 */
export function compareModels(
  a: ScoredRows,
  b: ScoredRows,
  metric: Metric,
  options: BootstrapOptions,
): Comparison {
  checkSameRows(a, b);
  const scoreA = metric.prepare(a);
  const scoreB = metric.prepare(b);
  const resampled = resample(
    a,
    (weights) => {
      const ownA = scoreA(weights);
      const ownB = scoreB(weights);
      return [ownB - ownA, ownA, ownB];
    },
    options,
  );
  const difference = intervalOf(resampled, 0, metric.name, options);
  const withinNoise = difference.low <= 0 && difference.high >= 0;
  const sign = metric.direction === 'higher' ? 1 : -1;
  const defined = resampled.replicates[0]!.filter((value) => !Number.isNaN(value));
  const wins = defined.reduce((sum, value) => sum + (value === 0 ? 0.5 : sign * value > 0 ? 1 : 0), 0);
  return {
    a: resampled.estimates[1]!,
    b: resampled.estimates[2]!,
    difference,
    withinNoise,
    better: withinNoise ? undefined : sign * difference.estimate > 0 ? 'b' : 'a',
    winsOfB: wins / defined.length,
  };
}

function checkSameRows(a: ScoredRows, b: ScoredRows): void {
  const differ = (message: string, expected: string, got: string): never =>
    fail({
      code: 'metric-compare',
      message,
      expected,
      got,
      fix: 'score both models on the same rows in the same order: predictions.align(ids)',
    });
  if (a.task !== b.task) differ('the tasks', a.task, b.task);
  if (a.classes.join('\0') !== b.classes.join('\0'))
    differ('the classes', a.classes.join('|'), b.classes.join('|'));
  if (a.length !== b.length) differ('the number of rows', String(a.length), String(b.length));
  for (const key of ['ids', 'groups', 'weights', 'truth'] as const) {
    const step = key === 'truth' && a.task === 'multi-label' ? a.classes.length : 1;
    const ownA = a[key];
    const ownB = b[key];
    if (ownA === undefined && ownB === undefined) continue;
    for (let i = 0; i < a.length * step; i++) {
      if (ownA?.[i] === ownB?.[i]) continue;
      differ(`the ${key} of ${nameRow(a.ids, Math.floor(i / step))}`, String(ownA?.[i]), String(ownB?.[i]));
    }
  }
}
