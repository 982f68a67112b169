import type { Predictions } from '@podium/core';
import { fail } from './errors.ts';

/**
 * Class indices `[N]` in the rows' order, checked.
 * @throws PodiumError `ensemble-truth` naming the row; `ensemble-task` for multi-label rows
 */
export function checkTruth(truth: ArrayLike<number>, { ids, classes, task }: Predictions): Int32Array {
  if (task !== 'single-label') {
    fail({
      code: 'ensemble-task',
      message: 'this is fitted on rows of one class each',
      expected: 'single-label',
      got: task,
    });
  }
  if (truth.length !== ids.length) {
    fail({
      code: 'ensemble-truth',
      path: { key: 'truth' },
      expected: `one class index a row, ${ids.length}`,
      got: String(truth.length),
      fix: 'give the truth in the order of the first member: by id, not by chance',
    });
  }
  const limit = classes.length;
  for (let row = 0; row < truth.length; row++) {
    const value = truth[row]!;
    if (Number.isInteger(value) && value >= 0 && value < limit) continue;
    fail({
      code: 'ensemble-truth',
      message: `the truth of row ${row} ("${ids[row]}")`,
      expected: `a class index from 0 to ${limit - 1}`,
      got: String(value),
    });
  }
  if (truth.length === 0) {
    fail({
      code: 'ensemble-truth',
      message: 'there is nothing to fit on',
      expected: 'at least one row',
      got: 'none',
    });
  }
  return Int32Array.from(truth);
}
