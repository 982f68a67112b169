import { fail, type Predictions } from '@podium/core';

/**
 * Checks class indices `[N]` in the rows' order.
 * @throws PodiumError `ensemble-truth` naming the row; `ensemble-task` for multi-label rows
 */
export function checkTruth(truth: ArrayLike<number>, { ids, classes, task }: Predictions): Int32Array {
  if (task !== 'single-label') {
    fail({
      code: 'ensemble-task',
      message: 'methods are fitted to rows with one class each',
      expected: 'single-label',
      got: task,
    });
  }
  if (truth.length !== ids.length) {
    fail({
      code: 'ensemble-truth',
      path: { key: 'truth' },
      expected: `one class index per row, ${ids.length}`,
      got: String(truth.length),
      fix: 'give the truth in the order of the first member, by id',
    });
  }
  if (truth.length === 0) {
    fail({
      code: 'ensemble-truth',
      message: 'nothing to fit',
      expected: 'at least one row',
      got: 'none',
    });
  }
  for (let row = 0; row < truth.length; row++) {
    const value = truth[row]!;
    if (Number.isInteger(value) && value >= 0 && value < classes.length) continue;
    fail({
      code: 'ensemble-truth',
      message: `the truth of row ${row} ("${ids[row]}")`,
      expected: `a class index from 0 to ${classes.length - 1}`,
      got: String(value),
    });
  }
  return Int32Array.from(truth);
}
