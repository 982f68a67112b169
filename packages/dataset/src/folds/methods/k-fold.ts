import type { FoldMethod } from '../fold-method.ts';

/** Assigns rows in random order, one by one, so that fold sizes differ by at most one. */
export const kFold: FoldMethod = {
  name: 'k-fold',
  summary: 'random rows; folds of the same size',
  keepsGroups: false,
  supportsMultiLabel: true,
  assign: ({ labels }, folds, rng) => {
    const result = new Int32Array(labels.length);
    for (const [i, row] of rng.permutation(labels.length).entries()) result[row] = i % folds;
    return result;
  },
};
