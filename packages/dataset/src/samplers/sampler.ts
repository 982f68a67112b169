import { PodiumError, type Rng } from '@podium/core';
import type { ManifestRow } from '../manifest/types.ts';

/** What an order may depend on; never on a clock, on threads, or on earlier epochs. */
export interface SamplerContext {
  readonly rows: readonly ManifestRow[];
  /** Derived from (seed, epoch). */
  readonly rng: Rng;
  readonly batchSize: number;
}

/** Which rows an epoch shows, in which order. */
export interface Sampler {
  readonly name: string;
  /** Plain JSON: what tells this sampler from another of its name. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Indices into `rows`; a row may be there several times, or not at all. */
  order(context: SamplerContext): Uint32Array;
}

export function settingError(key: string, expected: string, got: unknown, fix?: string): PodiumError {
  return new PodiumError({
    code: 'sampler-setting',
    path: { key },
    expected,
    got: typeof got === 'string' ? `"${got}"` : String(got),
    fix,
  });
}

/** An integer >= 1, or the default where it is missing. */
export function countSetting(key: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < 1) throw settingError(key, 'an integer >= 1', value);
  return value;
}

/**
 * `count` of the items, going through all of them in random order before any comes again.
 * @throws PodiumError `sampler-setting` where there are none.
 */
export function cycle(items: Uint32Array, count: number, rng: Rng): Uint32Array {
  if (items.length === 0 && count > 0) throw settingError('rows', 'at least one row to draw from', 'none');
  const out = new Uint32Array(count);
  for (let start = 0, round = 0; start < count; start += items.length, round++) {
    const order = rng.split('round', round).permutation(items.length);
    const end = Math.min(count, start + items.length);
    for (let i = start; i < end; i++) out[i] = items[order[i - start]!]!;
  }
  return out;
}
