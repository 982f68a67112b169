import type { Rng } from '@podium/core';
import { checkOption } from '../support/errors.ts';
import { quantile } from '../support/quantile.ts';
import { checkFeatures, type Features, sampleFeatures } from './features.ts';

/** How far images are from the nearest of others: cosine distance, 0 the same direction, 1 none in common, 2 opposite. */
export interface NearestDistances {
  readonly q05: number;
  readonly q25: number;
  readonly median: number;
  readonly q75: number;
  readonly q95: number;
  /** Images asked about, and images that they were compared with. */
  readonly rows: readonly [number, number];
}

export interface NearestOptions {
  readonly rng: Rng;
  /** Rows of each side, at most; distances grow when there are fewer to be near to. Default 1000. */
  readonly most?: number;
}

/**
 * Quantiles of the distances from each image of `from` to its nearest in `to`. A row of zeros has no direction, and is at
 * distance 1 from all.
 * @returns undefined where there are no images on a side
 * @throws PodiumError `pseudo-features`, `pseudo-setting`
 */
export function nearestDistances(
  from: Features,
  to: Features,
  { rng, most = 1000 }: NearestOptions,
): NearestDistances | undefined {
  checkOption('most', most, 1, 1e6, true);
  checkFeatures(to, 'the second set', checkFeatures(from, 'the first set', undefined));
  if (from.ids.length === 0 || to.ids.length === 0) return undefined;
  const asked = sampleFeatures(from, most, rng.split('nearest', 0));
  const others = sampleFeatures(to, most, rng.split('nearest', 1));
  const width = asked.values.length / asked.ids.length;
  const a = directions(asked.values, width);
  const b = directions(others.values, width);
  const distances = new Float64Array(asked.ids.length);
  for (let row = 0; row < asked.ids.length; row++) {
    let nearest = Number.NEGATIVE_INFINITY;
    for (let other = 0; other < others.ids.length; other++) {
      nearest = Math.max(nearest, product(a, row * width, b, other * width, width));
    }
    distances[row] = Math.max(0, 1 - nearest);
  }
  distances.sort();
  const at = (share: number) => quantile(distances, share);
  return {
    q05: at(0.05),
    q25: at(0.25),
    median: at(0.5),
    q75: at(0.75),
    q95: at(0.95),
    rows: [asked.ids.length, others.ids.length],
  };
}

/** Rows of length 1. */
function directions(values: Float32Array, width: number): Float64Array {
  const result = Float64Array.from(values);
  for (let from = 0; from < result.length; from += width) {
    const norm = Math.sqrt(product(result, from, result, from, width));
    if (norm === 0) continue;
    for (let d = 0; d < width; d++) result[from + d] = result[from + d]! / norm;
  }
  return result;
}

/** Four sums at a time: the processor need not wait for one addition before the next. */
function product(a: Float64Array, fromA: number, b: Float64Array, fromB: number, width: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let d = 0;
  for (; d + 3 < width; d += 4) {
    s0 += a[fromA + d]! * b[fromB + d]!;
    s1 += a[fromA + d + 1]! * b[fromB + d + 1]!;
    s2 += a[fromA + d + 2]! * b[fromB + d + 2]!;
    s3 += a[fromA + d + 3]! * b[fromB + d + 3]!;
  }
  for (; d < width; d++) s0 += a[fromA + d]! * b[fromB + d]!;
  return s0 + s1 + (s2 + s3);
}
