import { PodiumError, Rng } from '@podium/core';
import { UMAP } from 'umap-js';

/** Options of {@link projectMap}. */
export interface ProjectOptions {
  readonly seed: string | number;
  /** Neighbors that UMAP considers per image: few show detail, many the global structure. Default: 15. */
  readonly neighbors?: number;
  /** Minimum distance between dots, in [0, 1]. Default: 0.1. */
  readonly minDistance?: number;
}

/**
 * Projects rows of features to two dimensions with UMAP (McInnes, Healy and Melville 2018; umap-js). Neighbors stay
 * neighbors; distances between far groups mean little. The same features and seed give the same map.
 * @param features `[N, D]`, row by row
 * @param width D
 * @returns `[N, 2]`
 * @throws PodiumError `report-map` for features of another shape, or that are not finite
 */
export function projectMap(
  features: Float32Array,
  width: number,
  { seed, neighbors = 15, minDistance = 0.1 }: ProjectOptions,
): Float32Array {
  if (!Number.isInteger(width) || width < 1 || features.length % width !== 0) {
    throw new PodiumError({
      code: 'report-map',
      expected: 'N x D features, with D an integer >= 1',
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
      fix: 'omit this row, or find the layer that overflows',
    });
  }
  const count = features.length / width;
  const result = new Float32Array(count * 2);
  // Too few for UMAP: a row of dots.
  if (count < 4) return result.map((_, i) => (i % 2 === 0 ? i / 2 : 0));
  const rng = Rng.fromSeed(seed).split('map');
  const rows = Array.from({ length: count }, (_, i) =>
    Array.from(features.subarray(i * width, (i + 1) * width)),
  );
  const umap = new UMAP({
    nNeighbors: Math.min(neighbors, count - 1),
    minDist: minDistance,
    random: () => rng.float(),
  });
  for (const [i, point] of umap.fit(rows).entries()) result.set(point as [number, number], i * 2);
  return result;
}
