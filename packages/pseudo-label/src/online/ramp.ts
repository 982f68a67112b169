/**
 * How a weight rises at the beginning of a run: `exp(-5 (1 - t)^2)`, t from 0 to 1 within the first `length` of it
 * (Laine and Aila 2017, arXiv:1610.02242).
 *
 * @param part of the run that is done, in [0,1]
 * @param length part of the run that the rise takes; 0 for none
 */
export function sigmoidRamp(part: number, length: number): number {
  if (length === 0) return 1;
  return Math.exp(-5 * (1 - Math.min(part / length, 1)) ** 2);
}

/** 0 up to `from`, then straight up to 1 at `to` (Lee 2013); both parts of the run in [0,1]. */
export function linearRamp(part: number, from: number, to: number): number {
  if (part >= to) return 1;
  return part < from ? 0 : (part - from) / (to - from);
}
