import type { FoldMethod } from '../fold-method.ts';

/** Rows in random order, dealt out one by one: fold sizes differ by at most one. */
export const kFold: FoldMethod = {
  name: 'k-fold',
  summary: 'rows at random, folds of the same size',
  keepsGroups: false,
  takesMultiLabel: true,
  deal: ({ labels }, folds, rng) => {
    const result = new Int32Array(labels.length);
    for (const [place, row] of rng.permutation(labels.length).entries()) result[row] = place % folds;
    return result;
  },
};
