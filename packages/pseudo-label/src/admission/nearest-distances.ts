import { quantile, type Rng } from '@podium/core';
import { checkOption } from '../check-option.ts';
import { checkFeatures, type Features, sampleFeatures } from './features.ts';

/** Quantiles of cosine distances to the nearest neighbor: 0 the same direction, 1 orthogonal, 2 opposite. */
export interface NearestDistances {
  readonly q05: number;
  readonly q25: number;
  readonly median: number;
  readonly q75: number;
  readonly q95: number;
  /** Number of images, and of images that they were compared with. */
  readonly rows: readonly [number, number];
}

export interface NearestOptions {
  readonly rng: Rng;
  /** Most rows per set; with fewer rows distances grow. Default 1000. */
  readonly maxRows?: number;
}

/**
 * Quantiles of the distances from each image of `from` to its nearest neighbor in `to`. A row of zeros has no direction, and
 * distance 1 from all others.
 * @returns undefined if a set is empty
 * @throws PodiumError `pseudo-features`, `pseudo-setting`
 */
export function nearestDistances(
  from: Features,
  to: Features,
  { rng, maxRows = 1000 }: NearestOptions,
): NearestDistances | undefined {
  checkOption('maxRows', maxRows, { min: 1, max: 1e6, integer: true });
  checkFeatures(to, 'the second set', checkFeatures(from, 'the first set', undefined));
  if (from.ids.length === 0 || to.ids.length === 0) return undefined;
  const queries = sampleFeatures(from, maxRows, rng.split('nearest', 0));
  const references = sampleFeatures(to, maxRows, rng.split('nearest', 1));
  const width = queries.values.length / queries.ids.length;
  const a = unitRows(queries.values, width);
  const b = unitRows(references.values, width);
  const distances = new Float64Array(queries.ids.length);
  for (let row = 0; row < queries.ids.length; row++) {
    let nearest = Number.NEGATIVE_INFINITY;
    for (let other = 0; other < references.ids.length; other++) {
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
    rows: [queries.ids.length, references.ids.length],
  };
}

/** Rows scaled to length 1. */
function unitRows(values: Float32Array, width: number): Float64Array {
  const result = Float64Array.from(values);
  for (let from = 0; from < result.length; from += width) {
    const norm = Math.sqrt(product(result, from, result, from, width));
    if (norm === 0) continue;
    for (let d = 0; d < width; d++) result[from + d] = result[from + d]! / norm;
  }
  return result;
}

/** Dot product with four independent sums, so that additions do not wait for one another. */
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
