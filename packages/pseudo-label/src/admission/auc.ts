/**
 * The area under the ROC curve: how often a row of side 1 has the higher score than one of side 0, equal ones counting half.
 * scikit-learn's roc_auc_score. NaN where a side is empty.
 */
export function areaUnderCurve(scores: Float64Array, sides: Uint8Array): number {
  const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!);
  let [below, wins, ones] = [0, 0, 0];
  for (let at = 0; at < order.length; ) {
    let [tiedOnes, tiedZeros] = [0, 0];
    const score = scores[order[at]!];
    for (; at < order.length && scores[order[at]!] === score; at++) {
      if (sides[order[at]!] === 1) tiedOnes++;
      else tiedZeros++;
    }
    wins += tiedOnes * (below + tiedZeros / 2);
    below += tiedZeros;
    ones += tiedOnes;
  }
  return wins / (ones * below);
}

/**
 * The standard error of an area of `auc` from `ones` and `zeros` independent rows (Hanley and McNeil, Radiology 1982). An
 * area of exactly 0 or 1 counts as half a pair short of it, since no number of rows proves that there are no others.
 */
export function aucStandardError(auc: number, ones: number, zeros: number): number {
  const half = 0.5 / (ones * zeros);
  // The formula is about separated sides: below 1/2, which is chance, the mirror image.
  const area = Math.min(1 - half, Math.max(auc, 1 - auc));
  const q1 = area / (2 - area);
  const q2 = (2 * area * area) / (1 + area);
  const spread = area * (1 - area) + (ones - 1) * (q1 - area * area) + (zeros - 1) * (q2 - area * area);
  return Math.sqrt(Math.max(0, spread) / (ones * zeros));
}
