import type { Candidates } from '../candidates.ts';
import type { Chosen } from '../method.ts';
import { byText } from './order.ts';

/** How a pseudo label weighs in the loss: like a true one, or by the teacher's confidence. */
export type Weighting = 'equal' | 'confidence';
export const WEIGHTINGS: readonly Weighting[] = ['equal', 'confidence'];

/** Probabilities come in float32, which writes 0.95 as 0.94999999: still at least 0.95. */
const ROUNDING = 2e-7;

/** Eligible rows that are at least as sure as their class's threshold. */
export function atLeast(
  candidates: Candidates,
  thresholds: ArrayLike<number>,
  weights: Weighting = 'equal',
): Chosen[] {
  const { ids, top, confidence, eligible } = candidates;
  const rows: Chosen[] = [];
  for (let row = 0; row < ids.length; row++) {
    const sure = confidence[row]!;
    if (eligible[row] === 0 || sure < thresholds[top[row]!]! - ROUNDING) continue;
    rows.push({ row, weight: weights === 'equal' ? 1 : sure });
  }
  return rows;
}

/**
 * By class, the eligible rows that the teachers take for it and that are at least this sure: the surest first, equal ones by
 * id.
 */
export function rankedByClass(
  { ids, classes, top, confidence, eligible }: Candidates,
  least = 0,
): number[][] {
  const ranked: number[][] = classes.map(() => []);
  for (let row = 0; row < ids.length; row++) {
    if (eligible[row] !== 0 && confidence[row]! >= least - ROUNDING) ranked[top[row]!]?.push(row);
  }
  for (const rows of ranked) {
    rows.sort((a, b) => confidence[b]! - confidence[a]! || byText(ids[a]!, ids[b]!));
  }
  return ranked;
}

/** What a class's threshold is where it takes no row. */
export const NONE = 2;
