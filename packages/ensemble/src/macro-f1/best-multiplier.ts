import { macroF1OfCounts } from './macro-f1-of-counts.ts';

/**
 * The multiplier of class `k` in [1/limit, limit] with the highest macro F1, given the other classes' multipliers.
 *
 * A row is predicted as `k` once the multiplier exceeds (the best other class's value) / p_k. In the order of these
 * thresholds each row changes sides once, so one pass tries all multipliers. Between two thresholds the geometric mean is
 * taken; of equally good intervals, the one nearest to the current multiplier.
 * @param values `[N,K]` probabilities
 */
export function bestMultiplier(
  values: Float64Array,
  truth: Int32Array,
  multipliers: Float64Array,
  k: number,
  limit: number,
): { readonly multiplier: number; readonly score: number } {
  const width = multipliers.length;
  const length = truth.length;
  const rivals = new Int32Array(length);
  const thresholds = new Float64Array(length);
  const hits = new Float64Array(width);
  const actual = new Float64Array(width);
  const predicted = new Float64Array(width);
  const count = (row: number, column: number, by: number): void => {
    predicted[column] = predicted[column]! + by;
    if (truth[row] === column) hits[column] = hits[column]! + by;
  };
  for (let row = 0; row < length; row++) {
    let rival = -1;
    let largest = Number.NEGATIVE_INFINITY;
    for (let other = 0; other < width; other++) {
      if (other === k) continue;
      const value = values[row * width + other]! * multipliers[other]!;
      if (value > largest) {
        largest = value;
        rival = other;
      }
    }
    const probability = values[row * width + k]!;
    rivals[row] = rival;
    // With probability 0 no multiplier makes the row k's.
    thresholds[row] = probability > 0 ? Math.max(0, largest) / probability : Number.POSITIVE_INFINITY;
    actual[truth[row]!] = actual[truth[row]!]! + 1;
    if (rival >= 0) count(row, rival, 1);
  }
  const current = multipliers[k]!;
  if (width === 1) return { multiplier: current, score: 1 };

  const order = Uint32Array.from({ length }, (_, row) => row).sort((a, b) => {
    const [left, right] = [thresholds[a]!, thresholds[b]!];
    return left < right ? -1 : Number(left > right);
  });
  const distance = (multiplier: number): number => Math.abs(Math.log(multiplier / current));
  let best = { multiplier: current, score: Number.NEGATIVE_INFINITY };
  for (let i = 0; i <= length; i++) {
    const low = Math.max(1 / limit, i === 0 ? 0 : thresholds[order[i - 1]!]!);
    const high = Math.min(limit, i === length ? Number.POSITIVE_INFINITY : thresholds[order[i]!]!);
    if (low < high) {
      const score = macroF1OfCounts(hits, actual, predicted);
      // Keep the current multiplier if it lies inside.
      const multiplier = current > low && current < high ? current : Math.sqrt(low * high);
      if (score > best.score || (score === best.score && distance(multiplier) < distance(best.multiplier))) {
        best = { multiplier, score };
      }
    }
    if (i === length) break;
    const row = order[i]!;
    if (thresholds[row] === Number.POSITIVE_INFINITY) break;
    count(row, rivals[row]!, -1);
    count(row, k, 1);
  }
  return best;
}
