/** Softmax of `values / temperature` over each row of `width` values, in place. */
export function softmaxInPlace(values: Float64Array, width: number, temperature = 1): Float64Array {
  for (let start = 0; start < values.length; start += width) {
    const end = start + width;
    // Subtracting the largest keeps exp from overflowing.
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) largest = Math.max(largest, values[i]!);
    let sum = 0;
    for (let i = start; i < end; i++) {
      const term = Math.exp((values[i]! - largest) / temperature);
      values[i] = term;
      sum += term;
    }
    for (let i = start; i < end; i++) values[i] = values[i]! / sum;
  }
  return values;
}

/** `log(sum(exp(values)))`, without overflow. */
export function logSumExp(values: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}

/** `1 / (1 + exp(-x))`. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
