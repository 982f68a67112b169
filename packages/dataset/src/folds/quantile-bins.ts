/** More would leave folds too few rows of each bin; fewer would balance too coarsely. */
const MAX_BINS = 10;
/** Rows per bin, at least. */
const MIN_ROWS = 10;

/**
 * Bins of about equally many rows, by size: what folds balance for numbers. Equal numbers share a bin. Several columns are
 * binned by the mean of a row's ranks.
 * @param numbers one list per row, or undefined for a row without numbers
 * @returns a bin from 0 per row, -1 for a row without numbers
 */
export function quantileBins(numbers: readonly (readonly number[] | undefined)[]): Int32Array {
  const result = new Int32Array(numbers.length).fill(-1);
  const known = [...numbers.keys()].filter((row) => numbers[row] !== undefined);
  const width = numbers[known[0] ?? 0]?.length ?? 0;
  const scores = new Float64Array(numbers.length);
  for (let k = 0; k < width; k++) {
    const take = (row: number) => numbers[row]![k]!;
    const sorted = known.toSorted((a, b) => take(a) - take(b));
    for (let start = 0; start < sorted.length; ) {
      let end = start;
      while (end < sorted.length && take(sorted[end]!) === take(sorted[start]!)) end++;
      for (let i = start; i < end; i++) scores[sorted[i]!] = scores[sorted[i]!]! + (start + end - 1) / 2;
      start = end;
    }
  }
  const bins = Math.max(1, Math.min(MAX_BINS, Math.floor(known.length / MIN_ROWS)));
  const sorted = known.map((row) => scores[row]!).sort((a, b) => a - b);
  const edges = Array.from(
    { length: bins - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / bins)]!,
  );
  for (const row of known) result[row] = edges.filter((edge) => scores[row]! >= edge).length;
  return result;
}
