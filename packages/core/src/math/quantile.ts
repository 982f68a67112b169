/**
 * The quantile of sorted values at `share` in [0, 1], interpolated between the two nearest: NumPy's default.
 * @param sorted ascending, not empty
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const lower = Math.floor(position);
  const low = sorted[lower]!;
  const high = sorted[Math.min(lower + 1, sorted.length - 1)]!;
  return low + (position - lower) * (high - low);
}
