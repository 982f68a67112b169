import { Rng } from '@podium/core';

/** Up to this many rows, all pairs are compared. */
const EXHAUSTIVE = 4000;
const TABLES = 24;
const BITS = 14;

/**
 * Calls `found` once for pairs of embeddings with a cosine of at least `minCosine`, smaller index first. Up to 4,000 rows, all
 * pairs are compared; beyond, only those on the same side of 14 random planes in one of 24 draws (random-projection
 * hashing), which misses about one pair in ten thousand at a cosine of 0.98.
 * M. Charikar: Similarity Estimation Techniques from Rounding Algorithms, STOC 2002.
 * @param values `[N, width]`, row by row; rows of zeros match nothing
 */
export function embeddingPairs(
  values: Float32Array,
  width: number,
  minCosine: number,
  found: (a: number, b: number, cosine: number) => void,
): void {
  const n = values.length / width;
  const unit = normalized(values, width);
  if (n <= EXHAUSTIVE) {
    for (let a = 0; a < n; a++) {
      for (let b = a + 1; b < n; b++) {
        const cosine = dot(unit, width, a, b);
        if (cosine >= minCosine) found(a, b, cosine);
      }
    }
    return;
  }
  // Only near pairs are kept, so memory grows with the number of pairs found.
  const seen = new Set<number>();
  for (let table = 0; table < TABLES; table++) {
    for (const bucket of hashed(unit, n, width, table)) {
      for (let x = 0; x < bucket.length; x++) {
        for (let y = x + 1; y < bucket.length; y++) {
          const [a, b] = [bucket[x]!, bucket[y]!];
          const cosine = dot(unit, width, a, b);
          if (cosine < minCosine || seen.has(a * n + b)) continue;
          seen.add(a * n + b);
          found(a, b, cosine);
        }
      }
    }
  }
}

function dot(unit: Float32Array, width: number, a: number, b: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += unit[a * width + k]! * unit[b * width + k]!;
  return sum;
}

function normalized(values: Float32Array, width: number): Float32Array {
  const unit = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += width) {
    let norm = 0;
    for (let k = start; k < start + width; k++) norm += values[k]! ** 2;
    const scale = norm > 0 ? 1 / Math.sqrt(norm) : 0;
    for (let k = start; k < start + width; k++) unit[k] = values[k]! * scale;
  }
  return unit;
}

function hashed(unit: Float32Array, n: number, width: number, table: number): number[][] {
  const planes = Rng.fromSeed('embedding planes')
    .split(table)
    .fillNormal(new Float32Array(BITS * width));
  const byKey = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    let key = 0;
    for (let bit = 0; bit < BITS; bit++) {
      let side = 0;
      for (let k = 0; k < width; k++) side += unit[i * width + k]! * planes[bit * width + k]!;
      key = key * 2 + (side > 0 ? 1 : 0);
    }
    const bucket = byKey.get(key);
    if (bucket === undefined) byKey.set(key, [i]);
    else bucket.push(i);
  }
  return [...byKey.values()].filter((bucket) => bucket.length > 1);
}
