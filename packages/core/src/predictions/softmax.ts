/** softmax(values / temperature) over each row of `width` values. */
export function softmaxRows(values: Float32Array, width: number, temperature: number): Float32Array {
  const result = new Float32Array(values.length);
  const row = new Float64Array(width);
  for (let at = 0; at < values.length; at += width) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < width; k++) largest = Math.max(largest, values[at + k]!);
    let sum = 0;
    for (let k = 0; k < width; k++) {
      // Less the largest, so that exp never overflows.
      const term = Math.exp((values[at + k]! - largest) / temperature);
      row[k] = term;
      sum += term;
    }
    for (let k = 0; k < width; k++) result[at + k] = row[k]! / sum;
  }
  return result;
}
