import type { FoldMethod } from '../fold-method.ts';

/** Assigns groups, from the largest to the smallest, to the fold with the fewest rows; ties at random. */
export const group: FoldMethod = {
  name: 'group',
  summary: 'groups stay together; folds of about the same size',
  keepsGroups: true,
  supportsMultiLabel: true,
  assign: ({ labels, groupOf, groups }, folds, rng) => {
    const sizes = new Int32Array(groups);
    for (const index of groupOf) sizes[index] = sizes[index]! + 1;
    const order = [...rng.permutation(groups)].sort((a, b) => sizes[b]! - sizes[a]!);
    const filled = new Float64Array(folds);
    const foldOf = new Int32Array(groups);
    for (const index of order) {
      const fold = filled.indexOf(Math.min(...filled));
      foldOf[index] = fold;
      filled[fold] = filled[fold]! + sizes[index]!;
    }
    return Int32Array.from(labels, (_, row) => foldOf[groupOf[row]!]!);
  },
};
