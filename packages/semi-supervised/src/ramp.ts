/**
 * A weight that rises at the beginning of a run: `exp(-5 (1 - t)^2)`, t from 0 to 1 within its first `length` (Laine and
 * Aila 2017, arXiv:1610.02242).
 *
 * @param share of the run that is done, in [0,1]
 * @param length share of the run that the ramp takes; 0 for none
 */
export function sigmoidRamp(share: number, length: number): number {
  if (length === 0) return 1;
  return Math.exp(-5 * (1 - Math.min(share / length, 1)) ** 2);
}

/** 0 up to `from`, then linearly up to 1 at `to` (Lee 2013); both shares of the run in [0,1]. */
export function linearRamp(share: number, from: number, to: number): number {
  if (share >= to) return 1;
  return share < from ? 0 : (share - from) / (to - from);
}
