import type { FoldMethod } from '../fold-method.ts';

/**
 * Assigns each class in random order, one by one, starting at the fold where the previous class ended. So the numbers of rows
 * of a class in two folds, and the sizes of the folds, differ by at most one.
 */
export const stratified: FoldMethod = {
  name: 'stratified',
  summary: 'balanced classes',
  keepsGroups: false,
  supportsMultiLabel: false,
  assign: ({ labels, classes }, folds, rng) => {
    const members: number[][] = Array.from({ length: classes }, () => []);
    for (const [row, [label]] of labels.entries()) members[label!]!.push(row);
    const result = new Int32Array(labels.length);
    // Folds in random order, so that leftover rows do not always go to the first fold.
    const order = rng.split('order').permutation(folds);
    let next = 0;
    for (const [label, rows] of members.entries()) {
      for (const row of rng.split(label).shuffle(rows)) result[row] = order[next++ % folds]!;
    }
    return result;
  },
};
