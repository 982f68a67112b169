import { fail } from '@podium/core';

/**
 * Weights divided by their sum. Default: equal weights.
 * @throws PodiumError `ensemble-weights` unless there is one per member, all finite, >= 0, and not all 0
 */
export function shares(weights: ArrayLike<number> | undefined, count: number): Float64Array {
  if (weights === undefined) return new Float64Array(count).fill(1 / count);
  if (weights.length !== count) {
    fail({
      code: 'ensemble-weights',
      path: { key: 'weights' },
      expected: `one per member, ${count}`,
      got: String(weights.length),
    });
  }
  const result = Float64Array.from(weights);
  const sum = result.reduce((total, weight) => total + weight, 0);
  const invalid = result.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (invalid >= 0 || !(sum > 0 && sum < Number.POSITIVE_INFINITY)) {
    fail({
      code: 'ensemble-weights',
      path: { key: invalid < 0 ? 'weights' : `weights[${invalid}]` },
      expected: invalid < 0 ? 'a finite sum > 0' : 'a finite number >= 0',
      got: String(invalid < 0 ? sum : result[invalid]),
    });
  }
  return result.map((weight) => weight / sum);
}

/** Adds `weight` x `values` to `sum`. */
export function addWeighted(sum: Float64Array, values: Float64Array, weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + weight * values[i]!;
}
