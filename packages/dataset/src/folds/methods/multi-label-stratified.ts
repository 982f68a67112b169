import type { Rng } from '@podium/core';
import type { FoldMethod } from '../fold-method.ts';

/**
 * Iterative stratification: the label with the fewest rows left is dealt out first, each row to the fold that wants most
 * of it, so that rare labels are spread while there is a choice.
 * K. Sechidis, G. Tsoumakas, I. Vlahavas: On the Stratification of Multi-Label Data, ECML PKDD 2011.
 */
export const multiLabelStratified: FoldMethod = {
  name: 'multi-label-stratified',
  summary: 'as many rows of each label in every fold, for rows with several labels',
  keepsGroups: false,
  takesMultiLabel: true,
  deal: ({ labels, classes }, folds, rng) => {
    const result = new Int32Array(labels.length).fill(-1);
    const left = new Float64Array(classes);
    const members: number[][] = Array.from({ length: classes }, () => []);
    for (const row of rng.split('rows').permutation(labels.length)) {
      for (const label of labels[row]!) {
        left[label] = left[label]! + 1;
        members[label]!.push(row);
      }
    }
    const wanted = Array.from(left, (count) => new Float64Array(folds).fill(count / folds));
    const room = new Float64Array(folds).fill(labels.length / folds);
    const ties = rng.split('ties');
    const place = (row: number, fold: number) => {
      result[row] = fold;
      room[fold] = room[fold]! - 1;
      for (const label of labels[row]!) {
        left[label] = left[label]! - 1;
        const own = wanted[label] as Float64Array;
        own[fold] = own[fold]! - 1;
      }
    };
    for (let label = rarest(left); label !== -1; label = rarest(left)) {
      for (const row of members[label]!) {
        if (result[row] === -1) place(row, neediest(wanted[label] as Float64Array, room, ties));
      }
    }
    // Rows without any label fill up what is left.
    for (const row of rng.split('rest').permutation(labels.length)) {
      if (result[row] === -1) place(row, neediest(room, room, ties));
    }
    return result;
  },
};

function rarest(left: Float64Array): number {
  let best = -1;
  for (const [label, count] of left.entries()) {
    if (count > 0 && (best === -1 || count < left[best]!)) best = label;
  }
  return best;
}

/** The fold that wants most of the label; of those, the one with most room; of those, any. */
function neediest(wanted: Float64Array, room: Float64Array, ties: Rng): number {
  let best: number[] = [];
  for (let fold = 0; fold < wanted.length; fold++) {
    const first = best[0];
    const order = first === undefined ? 1 : wanted[fold]! - wanted[first]! || room[fold]! - room[first]!;
    if (order > 0) best = [fold];
    else if (order === 0) best.push(fold);
  }
  return best.length === 1 ? best[0]! : ties.choice(best);
}
