import { fail, type Rng } from '@podium/core';
import type { ScoredRows } from '../scored-rows.ts';
import { type Stratify, type Units, unitsOf } from './units.ts';

export interface BootstrapOptions {
  /** The same seed gives the same interval, however much was drawn from it before. */
  readonly rng: Rng;
  /** Default 2000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Bias-corrected and accelerated (Efron 1987), or plain percentiles. Default: bca. */
  readonly method?: 'bca' | 'percentile';
  /** Default: false. */
  readonly stratify?: Stratify;
}

/** Several numbers computed from the rows' weights; the next call may overwrite the array. */
export type Statistic = (weights: Float64Array) => ArrayLike<number>;

export interface Resampled {
  readonly units: number;
  /** `[M]`: the statistic of the actual rows. */
  readonly estimates: Float64Array;
  /** M arrays `[resamples]`: its values over resamples. */
  readonly replicates: readonly Float64Array[];
  /** M arrays: its jackknife values; empty if the method needs none. */
  readonly leftOut: readonly Float64Array[];
}

/** The jackknife leaves out blocks if there are more units: single ones would cost too much. */
const MAX_BLOCKS = 200;

/** Draws units with replacement and computes the statistic of each resample: a row that is drawn n times has n times its weight. */
export function resample(rows: ScoredRows, statistic: Statistic, options: BootstrapOptions): Resampled {
  const { rng, resamples = 2000, method = 'bca', confidence = 0.95, stratify = false } = options;
  if (!Number.isInteger(resamples) || resamples < 2) invalid('resamples', 'an integer >= 2', resamples);
  if (!(confidence > 0 && confidence < 1)) invalid('confidence', 'a number in (0, 1)', confidence);
  const units = unitsOf(rows, stratify);
  const estimates = Float64Array.from(statistic(rows.weights));
  const collect = (count: number, factors: (index: number) => Float64Array | Uint32Array): Float64Array[] => {
    const values = Array.from(estimates, () => new Float64Array(count));
    const weights = new Float64Array(rows.length);
    for (let i = 0; i < count; i++) {
      const factor = factors(i);
      for (let row = 0; row < weights.length; row++) {
        weights[row] = rows.weights[row]! * factor[units.ofRow[row]!]!;
      }
      const result = statistic(weights);
      values.forEach((list, m) => {
        list[i] = result[m]!;
      });
    }
    return values;
  };
  return {
    units: units.count,
    estimates,
    replicates: collect(resamples, draws(units, rng.split('bootstrap'))),
    leftOut:
      method === 'bca'
        ? collect(Math.min(units.count, MAX_BLOCKS), blocks(units, rng.split('jackknife')))
        : [],
  };
}

/** Numbers of draws per unit. */
function draws({ count, strata }: Units, rng: Rng): () => Uint32Array {
  const times = new Uint32Array(count);
  return () => {
    times.fill(0);
    for (const stratum of strata) {
      for (let i = 0; i < stratum.length; i++) {
        const unit = stratum[rng.int(stratum.length)]!;
        times[unit] = times[unit]! + 1;
      }
    }
    return times;
  };
}

/** 1 for every unit except those of one block. */
function blocks({ count }: Units, rng: Rng): (index: number) => Uint32Array {
  const total = Math.min(count, MAX_BLOCKS);
  const order = rng.permutation(count);
  const kept = new Uint32Array(count);
  return (index) => {
    kept.fill(1);
    for (let i = index; i < count; i += total) kept[order[i]!] = 0;
    return kept;
  };
}

function invalid(key: string, expected: string, got: number): never {
  fail({ code: 'metric-option', path: { key }, expected, got: String(got) });
}
