import { macroF1Of } from '../score.ts';

/**
 * The multiplier of class `k` that gives the highest macro F1 where the other classes keep theirs, in [1/limit, limit].
 *
 * A row is decided for `k` once the multiplier is above (the best other class's value) / p_k. In the order of these
 * limits each row changes sides once, so all multipliers are tried in one pass. Between two limits the middle is taken
 * (of their logarithms); of equally good intervals the one nearest to the present multiplier.
 * @param values `[N, K]` probabilities
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
  const turns = new Float64Array(length);
  const hits = new Float64Array(width);
  const trues = new Float64Array(width);
  const decided = new Float64Array(width);
  const count = (row: number, column: number, by: number): void => {
    decided[column] = decided[column]! + by;
    if (truth[row] === column) hits[column] = hits[column]! + by;
  };
  for (let row = 0; row < length; row++) {
    let rival = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (let other = 0; other < width; other++) {
      if (other === k) continue;
      const value = values[row * width + other]! * multipliers[other]!;
      if (value > most) {
        most = value;
        rival = other;
      }
    }
    const own = values[row * width + k]!;
    rivals[row] = rival;
    // 0 / 0: whatever the multiplier, the row does not become k's.
    turns[row] = own > 0 ? Math.max(0, most) / own : Number.POSITIVE_INFINITY;
    trues[truth[row]!] = trues[truth[row]!]! + 1;
    if (rival >= 0) count(row, rival, 1);
  }
  const present = multipliers[k]!;
  if (width === 1) return { multiplier: present, score: 1 };

  const order = Uint32Array.from({ length }, (_, row) => row).sort((a, b) => {
    const [left, right] = [turns[a]!, turns[b]!];
    return left < right ? -1 : Number(left > right);
  });
  const distance = (multiplier: number): number => Math.abs(Math.log(multiplier / present));
  let best = { multiplier: present, score: Number.NEGATIVE_INFINITY };
  for (let i = 0; i <= length; i++) {
    const low = Math.max(1 / limit, i === 0 ? 0 : turns[order[i - 1]!]!);
    const high = Math.min(limit, i === length ? Number.POSITIVE_INFINITY : turns[order[i]!]!);
    if (low < high) {
      const score = macroF1Of(hits, trues, decided);
      // The present one where it is inside: nothing moves without a reason.
      const multiplier = present > low && present < high ? present : Math.sqrt(low * high);
      if (score > best.score || (score === best.score && distance(multiplier) < distance(best.multiplier))) {
        best = { multiplier, score };
      }
    }
    if (i === length) break;
    const row = order[i]!;
    if (turns[row] === Number.POSITIVE_INFINITY) break;
    count(row, rivals[row]!, -1);
    count(row, k, 1);
  }
  return best;
}
