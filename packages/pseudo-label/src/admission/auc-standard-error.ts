/**
 * The standard error of an area under the ROC curve from independent rows (Hanley and McNeil, Radiology 1982). An area of
 * exactly 0 or 1 counts as half a pair less, since no number of rows proves that there are no exceptions.
 */
export function aucStandardError(auc: number, ones: number, zeros: number): number {
  const half = 0.5 / (ones * zeros);
  // The formula is for areas above 1/2; below, it applies to the mirror image.
  const area = Math.min(1 - half, Math.max(auc, 1 - auc));
  const q1 = area / (2 - area);
  const q2 = (2 * area * area) / (1 + area);
  const spread = area * (1 - area) + (ones - 1) * (q1 - area * area) + (zeros - 1) * (q2 - area * area);
  return Math.sqrt(Math.max(0, spread) / (ones * zeros));
}
