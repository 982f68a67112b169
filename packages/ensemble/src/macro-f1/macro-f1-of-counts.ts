/**
 * Macro F1 from counts per class, over the classes that are true or predicted somewhere. Class multipliers try thousands of
 * thresholds by moving one row at a time between classes, which a score of whole tables cannot do.
 */
export function macroF1OfCounts(
  hits: ArrayLike<number>,
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
): number {
  let sum = 0;
  let present = 0;
  for (let k = 0; k < hits.length; k++) {
    const total = actual[k]! + predicted[k]!;
    if (total === 0) continue;
    present++;
    sum += (2 * hits[k]!) / total;
  }
  return present === 0 ? Number.NaN : sum / present;
}
