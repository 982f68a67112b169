import type { Histogram } from './records.ts';

/** As many as TensorBoard shows. */
const BUCKETS = 30;

/** The histogram of finite values; values that are not finite are left out. */
export function histogramOf(values: ArrayLike<number>): Histogram {
  let [min, max, count, sum, sumSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    count++;
    sum += value;
    sumSquares += value * value;
  }
  if (count === 0) return { min: 0, max: 0, count: 0, sum: 0, sumSquares: 0, limits: [0], counts: [0] };
  const buckets = max > min ? BUCKETS : 1;
  const width = (max - min) / buckets;
  const counts = Array<number>(buckets).fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    const bucket = width === 0 ? 0 : Math.min(buckets - 1, Math.floor((value - min) / width));
    counts[bucket]!++;
  }
  const limits = counts.map((_, i) => (i === buckets - 1 ? max : min + (i + 1) * width));
  return { min, max, count, sum, sumSquares, limits, counts };
}
