import { fail } from '@podium/core';
import type { Metric } from '../metric.ts';
import { nameRow, type ScoredRows } from '../scored-rows.ts';
import { type Interval, intervalOf } from './interval.ts';
import { type BootstrapOptions, resample } from './resample.ts';

/** A comparison of two models' scores. */
export interface Comparison {
  readonly a: number;
  readonly b: number;
  /** Of b - a. */
  readonly difference: Interval;
  /** Whether the interval of the difference contains 0, so that these rows cannot separate the models. */
  readonly withinNoise: boolean;
  /** The better model; undefined within noise. */
  readonly better: 'a' | 'b' | undefined;
  /** Share of resamples in which b is better than a, ties counting half. */
  readonly winsOfB: number;
}

/**
 * Two models' scores on the same rows with the interval of their difference, from the same resamples. Rows that are hard
 * for both models cancel out, so much smaller differences are significant than by comparing two intervals.
 * @throws PodiumError `metric-compare` if the rows, their truth, weights or groups differ; what `bootstrap` throws
 *
 * @example
 * const { difference, withinNoise } = compareModels(baseline, candidate, f1(), { rng: Rng.fromSeed(1) });
 */
export function compareModels(
  a: ScoredRows,
  b: ScoredRows,
  metric: Metric,
  options: BootstrapOptions,
): Comparison {
  assertSameRows(a, b);
  const scoreA = metric.prepare(a);
  const scoreB = metric.prepare(b);
  const resampled = resample(
    a,
    (weights) => {
      const ofA = scoreA(weights);
      const ofB = scoreB(weights);
      return [ofB - ofA, ofA, ofB];
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

function assertSameRows(a: ScoredRows, b: ScoredRows): void {
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
    if (key === 'truth' && a.task === 'regression') continue;
    const step = key === 'truth' && a.task === 'multi-label' ? a.classes.length : 1;
    const listA = a[key];
    const listB = b[key];
    if (listA === undefined && listB === undefined) continue;
    for (let i = 0; i < a.length * step; i++) {
      if (listA?.[i] === listB?.[i]) continue;
      differ(`the ${key} of ${nameRow(a.ids, Math.floor(i / step))}`, String(listA?.[i]), String(listB?.[i]));
    }
  }
  const [numbersA, numbersB] = [a.numbers.truth, b.numbers.truth];
  const at = numbersA.findIndex((value, i) => value !== numbersB[i]);
  if (at >= 0) {
    const row = Math.floor(at / a.classes.length);
    differ(`the truth of ${nameRow(a.ids, row)}`, String(numbersA[at]), String(numbersB[at]));
  }
}
