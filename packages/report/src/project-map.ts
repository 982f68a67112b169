import { PodiumError, Rng } from '@podium/core';
import { UMAP } from 'umap-js';

export interface ProjectOptions {
  readonly seed: string | number;
  /** Images that each one is compared with: few show detail, many the whole. Default: 15. */
  readonly neighbors?: number;
  /** How close dots may lie, in [0, 1]. Default: 0.1. */
  readonly spread?: number;
}

/**
 * Lays rows of features out in two dimensions by UMAP (McInnes, Healy and Melville 2018; umap-js): neighbors stay
 * neighbors, distances between far groups mean little. The same features and seed give the same map.
 * @param features `[N, D]` row by row
 * @param width D
 * @returns `[N, 2]`
 * @throws PodiumError `report-map` where the features are no such table, or hold what is no number
 */
export function projectMap(
  features: Float32Array,
  width: number,
  { seed, neighbors = 15, spread = 0.1 }: ProjectOptions,
): Float32Array {
  if (!Number.isInteger(width) || width < 1 || features.length % width !== 0) {
    throw new PodiumError({
      code: 'report-map',
      expected: 'N x D features and D, a whole number of 1 or more',
      got: `${features.length} features and D = ${width}`,
    });
  }
  const bad = features.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new PodiumError({
      code: 'report-map',
      message: `row ${Math.floor(bad / width)}, feature ${bad % width}`,
      expected: 'a finite number',
      got: String(features[bad]),
      fix: 'leave this row out, or look for the layer that overflows',
    });
  }
  const count = features.length / width;
  const result = new Float32Array(count * 2);
  // With so few there is nothing to lay out: a row of dots.
  if (count < 4) return result.map((_, i) => (i % 2 === 0 ? i / 2 : 0));
  const rng = Rng.fromSeed(seed).split('map');
  const rows = Array.from({ length: count }, (_, i) =>
    Array.from(features.subarray(i * width, (i + 1) * width)),
  );
  const umap = new UMAP({
    nNeighbors: Math.min(neighbors, count - 1),
    minDist: spread,
    random: () => rng.float(),
  });
  for (const [i, point] of umap.fit(rows).entries()) result.set(point as [number, number], i * 2);
  return result;
}
