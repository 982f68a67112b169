import type { Rng } from '@podium/core';
import type { FoldMethod } from '../fold-method.ts';

/**
 * Iterative stratification: the rows of the label with the fewest remaining rows are assigned first, each to the fold that
 * needs the label most, so that rare labels are spread evenly.
 * K. Sechidis, G. Tsoumakas, I. Vlahavas: On the Stratification of Multi-Label Data, ECML PKDD 2011.
 */
export const multiLabelStratified: FoldMethod = {
  name: 'multi-label-stratified',
  summary: 'balanced labels, for rows with several labels',
  keepsGroups: false,
  supportsMultiLabel: true,
  assign: ({ labels, classes }, folds, rng) => {
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
        const needs = wanted[label]!;
        needs[fold] = needs[fold]! - 1;
      }
    };
    for (let label = rarest(left); label !== -1; label = rarest(left)) {
      for (const row of members[label]!) {
        if (result[row] === -1) place(row, neediest(wanted[label]!, room, ties));
      }
    }
    // Rows without labels fill the remaining room.
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

/** The fold that needs the label most; of several, the one with most room; of several, a random one. */
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
