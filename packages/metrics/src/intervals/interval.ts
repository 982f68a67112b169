import { fail } from '../scored-rows.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import type { BootstrapOptions, Resampled } from './resample.ts';

/** A score and how far it may be trusted. */
export interface Interval {
  /** The score of the rows themselves. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** 0.95: of such intervals, 95 % hold the score of all rows there could be. */
  readonly confidence: number;
  /** Standard deviation over resamples. */
  readonly standardError: number;
  /** Independent units that were drawn: groups, or rows where there are no groups. Under about 20, intervals are too narrow. */
  readonly units: number;
  readonly resamples: number;
  /** Resamples without a score (a class was missing, say), which are left out. */
  readonly undefinedResamples: number;
}

/**
 * The interval of number `m` of a resampled statistic.
 * @throws PodiumError `metric-undefined` where the score, or that of most resamples, is not defined.
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
      fix: 'classes are missing from them: stratify, or score more rows',
    });
  }
  const leftOut = resampled.leftOut[m]?.filter((value) => !Number.isNaN(value));
  const tails =
    leftOut === undefined ? percentileTails(confidence) : bcaTails(defined, estimate, leftOut, confidence);
  const mean = defined.reduce((sum, value) => sum + value, 0) / defined.length;
  const squares = defined.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    estimate,
    low: quantile(defined, tails[0]),
    high: quantile(defined, tails[1]),
    confidence,
    standardError: Math.sqrt(squares / (defined.length - 1)),
    units: resampled.units,
    resamples: all.length,
    undefinedResamples: all.length - defined.length,
  };
}

function percentileTails(confidence: number): [number, number] {
  return [(1 - confidence) / 2, (1 + confidence) / 2];
}

/**
 * The quantiles of sorted replicates to take (Efron & Tibshirani 1993, chapter 14): shifted by how often replicates
 * are below the estimate, and by how the jackknife values lean.
 */
export function bcaTails(
  sorted: Float64Array,
  estimate: number,
  leftOut: Float64Array,
  confidence: number,
): [number, number] {
  const below = sorted.reduce((sum, value) => sum + (value < estimate ? 1 : value === estimate ? 0.5 : 0), 0);
  // At least half a replicate on either side, so that the shift stays finite.
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
  const [low, high] = percentileTails(confidence);
  return [shift(low), shift(high)];
}

/** Between the two nearest values of a sorted list, in proportion; numpy's default. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const lower = Math.floor(at);
  const low = sorted[lower]!;
  const high = sorted[Math.min(lower + 1, sorted.length - 1)]!;
  return low + (at - lower) * (high - low);
}
