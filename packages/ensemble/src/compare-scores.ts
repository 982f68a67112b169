import type { Score } from '@podium/core';

/** Whether `a` is better than `b`; NaN is worse than everything. */
export function isBetter({ direction }: Score, a: number, b: number): boolean {
  if (Number.isNaN(a)) return false;
  if (Number.isNaN(b)) return true;
  return direction === 'higher' ? a > b : a < b;
}

/** How much better `a` is than `b`; positive is better in either direction. */
export function advantage({ direction }: Score, a: number, b: number): number {
  return direction === 'higher' ? a - b : b - a;
}
