import { PodiumError } from '../errors.ts';

/**
 * Running sums of the weights.
 * @throws PodiumError `random-argument` unless all are finite, >= 0, and not all 0.
 */
export function cumulativeWeights(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (!(weight >= 0)) fail(`weights[${i}]`, 'a number >= 0', String(weight));
    sum += weight;
    sums[i] = sum;
  }
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) fail('weights', 'a finite sum > 0', String(sum));
  return sums;
}

/** The first index whose running sum exceeds `u` times the total, `u` in [0, 1). Never picks a weight of 0. */
export function pickWeighted(sums: Float64Array, u: number): number {
  const total = sums[sums.length - 1]!;
  const target = u * total;
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const sum = sums[middle]!;
    // Rounding may raise the target to the total, which no sum exceeds.
    if (sum > target || sum === total) high = middle;
    else low = middle + 1;
  }
  return low;
}

function fail(key: string, expected: string, got: string): never {
  throw new PodiumError({
    code: 'random-argument',
    path: { key },
    expected,
    got,
    fix: 'give every item a weight >= 0, and at least one a weight > 0',
  });
}
