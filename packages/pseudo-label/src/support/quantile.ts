/**
 * The value below which the share `share` of sorted values lies, between the two nearest in proportion: numpy's default.
 * @param sorted ascending, not empty
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const lower = Math.floor(at);
  const low = sorted[lower]!;
  const high = sorted[Math.min(lower + 1, sorted.length - 1)]!;
  return low + (at - lower) * (high - low);
}
