import type { FoldMethod } from '../fold-method.ts';

/** Groups from the largest to the smallest, each into the fold with the fewest rows; ties at random. */
export const group: FoldMethod = {
  name: 'group',
  summary: 'groups whole, folds of about the same size',
  keepsGroups: true,
  takesMultiLabel: true,
  deal: ({ labels, groupOf, groups }, folds, rng) => {
    const sizes = new Int32Array(groups);
    for (const own of groupOf) sizes[own] = sizes[own]! + 1;
    const order = [...rng.permutation(groups)].sort((a, b) => sizes[b]! - sizes[a]!);
    const filled = new Float64Array(folds);
    const foldOf = new Int32Array(groups);
    for (const own of order) {
      const fold = filled.indexOf(Math.min(...filled));
      foldOf[own] = fold;
      filled[fold] = filled[fold]! + sizes[own]!;
    }
    return Int32Array.from(labels, (_, row) => foldOf[groupOf[row]!]!);
  },
};
