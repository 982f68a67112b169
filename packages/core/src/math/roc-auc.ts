/** Rows from the highest score to the lowest, in a form that is scored under many weightings without sorting again. */
export interface Ranking {
  /** `[N]` row numbers. */
  readonly order: Uint32Array;
  /** `[N]`, by rank: 1 where the next score is lower, so that equal scores are taken together. */
  readonly ends: Uint8Array;
  /** `[N]`, by rank: 1 for positive rows. */
  readonly positive: Uint8Array;
}

/** Ranks `length` rows by score. */
export function rankRows(
  length: number,
  scoreOf: (row: number) => number,
  isPositive: (row: number) => boolean,
): Ranking {
  const order = Uint32Array.from({ length }, (_, row) => row).sort(
    (a, b) => scoreOf(b) - scoreOf(a) || a - b,
  );
  const ends = Uint8Array.from(order, (row, i) =>
    i + 1 === length || scoreOf(order[i + 1]!) !== scoreOf(row) ? 1 : 0,
  );
  return { order, ends, positive: Uint8Array.from(order, (row) => (isPositive(row) ? 1 : 0)) };
}

/**
 * Area under the ROC curve: the chance that a positive row scores above a negative one, ties counting half (the
 * Mann-Whitney statistic; scikit-learn's roc_auc_score). NaN without rows of both kinds.
 * @param weights `[N]`, by row
 */
export function rocAuc({ order, ends, positive }: Ranking, weights: ArrayLike<number>): number {
  let above = 0;
  let below = 0;
  let tiedPositive = 0;
  let tiedNegative = 0;
  let pairs = 0;
  for (let i = 0; i < order.length; i++) {
    const weight = weights[order[i]!]!;
    if (positive[i] === 1) tiedPositive += weight;
    else tiedNegative += weight;
    if (ends[i] === 0) continue;
    pairs += tiedNegative * (above + tiedPositive / 2);
    above += tiedPositive;
    below += tiedNegative;
    tiedPositive = 0;
    tiedNegative = 0;
  }
  return pairs / (above * below);
}
