import type { Rng } from '@podium/core';
import { fail, type ScoredRows } from '../scored-rows.ts';
import { type Stratify, type Units, unitsOf } from './units.ts';

export interface BootstrapOptions {
  /** Draws come from its stream `bootstrap`: the same seed gives the same interval. */
  readonly rng: Rng;
  /** Default 2000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Bias-corrected and accelerated (Efron 1987), or the plain percentiles. Default: bca. */
  readonly method?: 'bca' | 'percentile';
  /** Default: false. */
  readonly stratify?: Stratify;
}

/** Several numbers that depend on the rows' weights; the array may be overwritten by the next call. */
export type Statistic = (weights: Float64Array) => ArrayLike<number>;

export interface Resampled {
  readonly units: number;
  /** The statistic of the rows as they are, `[M]`. */
  readonly estimates: Float64Array;
  /** Its values over resamples, `M` arrays `[resamples]`. */
  readonly replicates: readonly Float64Array[];
  /** Its values with a part of the units left out, `M` arrays; empty where the method needs none. */
  readonly leftOut: readonly Float64Array[];
}

/** Leaving out each of 20,000 units by itself would cost more than it tells; then blocks of them are left out. */
const MOST_BLOCKS = 200;

/** Draws units with replacement and takes the statistic of each draw: a row drawn n times has n times its weight. */
export function resample(rows: ScoredRows, statistic: Statistic, options: BootstrapOptions): Resampled {
  const { rng, resamples = 2000, method = 'bca', confidence = 0.95, stratify = false } = options;
  if (!Number.isInteger(resamples) || resamples < 2) refuse('resamples', 'an integer >= 2', resamples);
  if (!(confidence > 0 && confidence < 1)) refuse('confidence', 'a number in (0, 1)', confidence);
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
        ? collect(Math.min(units.count, MOST_BLOCKS), blocks(units, rng.split('jackknife')))
        : [],
  };
}

/** How often each unit is drawn. */
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

/** 1 for every unit but those of one block. */
function blocks({ count }: Units, rng: Rng): (index: number) => Uint32Array {
  const total = Math.min(count, MOST_BLOCKS);
  const order = rng.permutation(count);
  const kept = new Uint32Array(count);
  return (index) => {
    kept.fill(1);
    for (let i = index; i < count; i += total) kept[order[i]!] = 0;
    return kept;
  };
}

function refuse(key: string, expected: string, got: number): never {
  fail({ code: 'metric-option', path: { key }, expected, got: String(got) });
}
