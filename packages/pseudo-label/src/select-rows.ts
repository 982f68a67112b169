import { compareCodeUnits } from '@podium/core';
import { z } from 'zod';
import type { Candidates } from './mean-of-teachers.ts';
import type { SelectedRow } from './method.ts';

export const weightsSetting = z
  .enum(['equal', 'confidence'])
  .default('equal')
  .describe("Weight of a pseudo label in the loss: that of a true label, or the teacher's confidence.");

/** Float32 stores 0.95 as 0.94999999, which still counts as 0.95. */
const ROUNDING = 2e-7;

/** The threshold of a class that accepts no rows. */
export const UNREACHABLE = 2;

/** Eligible rows whose confidence reaches the threshold of their class. */
export function selectAbove(
  { ids, top, confidence, eligible }: Candidates,
  thresholds: ArrayLike<number>,
  weights: z.output<typeof weightsSetting> = 'equal',
): SelectedRow[] {
  const rows: SelectedRow[] = [];
  for (let row = 0; row < ids.length; row++) {
    const sure = confidence[row]!;
    if (eligible[row] === 0 || sure < thresholds[top[row]!]! - ROUNDING) continue;
    rows.push({ row, weight: weights === 'equal' ? 1 : sure });
  }
  return rows;
}

/**
 * By predicted class, the eligible rows with at least this confidence: the most confident first, ties by id.
 */
export function rankByClass(
  { ids, classes, top, confidence, eligible }: Candidates,
  minConfidence = 0,
): number[][] {
  const ranked: number[][] = classes.map(() => []);
  for (let row = 0; row < ids.length; row++) {
    if (eligible[row] !== 0 && confidence[row]! >= minConfidence - ROUNDING) ranked[top[row]!]!.push(row);
  }
  for (const rows of ranked) {
    rows.sort((a, b) => confidence[b]! - confidence[a]! || compareCodeUnits(ids[a]!, ids[b]!));
  }
  return ranked;
}
