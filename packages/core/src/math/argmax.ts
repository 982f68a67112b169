/** The index, from `start` on, of the largest of `width` values; the first of equals. */
export function argmax(values: ArrayLike<number>, start = 0, width: number = values.length - start): number {
  let best = 0;
  let largest = values[start]!;
  for (let k = 1; k < width; k++) {
    const value = values[start + k]!;
    if (value > largest) {
      largest = value;
      best = k;
    }
  }
  return best;
}
