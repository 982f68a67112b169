import type { FoldMethod } from '../fold-method.ts';

/**
 * Each class in random order, dealt out one by one, the next class beginning where the last one ended: the numbers of
 * any class in two folds, and the sizes of the folds, differ by at most one.
 */
export const stratified: FoldMethod = {
  name: 'stratified',
  summary: 'as many rows of each class in every fold',
  keepsGroups: false,
  takesMultiLabel: false,
  deal: ({ labels, classes }, folds, rng) => {
    const members: number[][] = Array.from({ length: classes }, () => []);
    for (const [row, own] of labels.entries()) members[own[0]!]!.push(row);
    const result = new Int32Array(labels.length);
    // Folds in random order, so that the rows that are left over do not always go to the first.
    const order = rng.split('order').permutation(folds);
    let next = 0;
    for (const [label, rows] of members.entries()) {
      for (const row of rng.split(label).shuffle(rows)) result[row] = order[next++ % folds]!;
    }
    return result;
  },
};
