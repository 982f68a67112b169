import { fail, normalCdf, normalQuantile, quantile, studentQuantile, wilson } from '@podium/core';
import type { BootstrapOptions, Resampled } from './resample.ts';

/** A score with a confidence interval. */
export interface Interval {
  /** The score of the actual rows. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** For example 0.95: 95 % of such intervals contain the true score. */
  readonly confidence: number;
  /** Standard deviation over resamples. */
  readonly standardError: number;
  /** Number of independent units: groups, or rows without groups. */
  readonly units: number;
  readonly resamples: number;
  /** Resamples that are ignored because their score is undefined, for example if a class is missing. */
  readonly undefinedResamples: number;
}

/**
 * The interval of element `m` of a resampled statistic.
 * @throws PodiumError `metric-undefined` if the score, or that of most resamples, is undefined
 */
export function intervalOf(
  resampled: Resampled,
  m: number,
  name: string,
  options: BootstrapOptions,
): Interval {
  const { confidence = 0.95 } = options;
  const all = resampled.replicates[m]!;
  const estimate = resampled.estimates[m]!;
  const defined = all.filter((value) => !Number.isNaN(value)).sort();
  if (Number.isNaN(estimate) || defined.length * 2 < all.length || defined.length < 2) {
    fail({
      code: 'metric-undefined',
      message: `"${name}" has no interval: it is defined in ${defined.length} of ${all.length} resamples`,
      fix: 'classes are missing from the others: stratify, or score more rows',
    });
  }
  const leftOut = resampled.leftOut[m]?.filter((value) => !Number.isNaN(value));
  const tails = expandedTails(confidence, resampled.units);
  const [low, high] = leftOut === undefined ? tails : bcaTails(defined, estimate, leftOut, tails);
  const mean = defined.reduce((sum, value) => sum + value, 0) / defined.length;
  const squares = defined.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    estimate,
    low: quantile(defined, low),
    high: quantile(defined, high),
    confidence,
    standardError: Math.sqrt(squares / (defined.length - 1)),
    units: resampled.units,
    resamples: all.length,
    undefinedResamples: all.length - defined.length,
  };
}

/**
 * Rows that are all right, or all wrong, give the same score in every resample, which does not make it certain: then the
 * interval is Wilson's for as many independent units, on the score's range.
 */
export function uncertain(
  interval: Interval,
  [min, max]: readonly [min: number, max: number],
  units: number = interval.units,
): Interval {
  const width = max - min;
  if (!isConstant(interval) || !Number.isFinite(width) || width <= 0 || units < 1) return interval;
  const share = Math.min(1, Math.max(0, (interval.estimate - min) / width));
  const { low, high } = wilson(share, units, interval.confidence);
  return {
    ...interval,
    low: Math.min(interval.estimate, min + width * low),
    high: Math.max(interval.estimate, min + width * high),
  };
}

/** Whether all resamples have one score, up to rounding. */
export function isConstant({ low, high }: Interval): boolean {
  return high - low < 1e-12;
}

/**
 * Resamples of few units vary too little: by as much as a variance that is divided by n, and a normal where Student's t belongs.
 * The quantiles move outwards accordingly (Hesterberg 2015, What Teachers Should Know About the Bootstrap, 4.2).
 */
export function expandedTails(confidence: number, units: number): [low: number, high: number] {
  const reach = Math.sqrt(units / (units - 1)) * studentQuantile((1 + confidence) / 2, units - 1);
  return [normalCdf(-reach), normalCdf(reach)];
}

/**
 * BCa: which quantiles of the sorted replicates to take (Efron & Tibshirani 1993, chapter 14), corrected for how often
 * replicates are below the estimate and for the skewness of the jackknife values.
 */
export function bcaTails(
  sorted: Float64Array,
  estimate: number,
  leftOut: Float64Array,
  tails: readonly [low: number, high: number],
): [low: number, high: number] {
  const below = sorted.reduce((sum, value) => sum + (value < estimate ? 1 : value === estimate ? 0.5 : 0), 0);
  // At least half a replicate on either side keeps the correction finite.
  const share = Math.min(Math.max(below, 0.5), sorted.length - 0.5) / sorted.length;
  const bias = normalQuantile(share);
  const mean = leftOut.reduce((sum, value) => sum + value, 0) / leftOut.length;
  const squares = leftOut.reduce((sum, value) => sum + (mean - value) ** 2, 0);
  const cubes = leftOut.reduce((sum, value) => sum + (mean - value) ** 3, 0);
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
  const shift = (tail: number) => {
    const z = bias + normalQuantile(tail);
    return normalCdf(bias + z / (1 - acceleration * z));
  };
  return [shift(tails[0]), shift(tails[1])];
}
