import type { Predictions } from '@podium/core';
import { alignMembers, blended } from '../members/align-members.ts';
import { assertClasses, normalizeRows, probabilitiesOf } from '../members/probabilities.ts';
import { addWeighted, shares } from '../members/weights.ts';
import { type BlendRule, fixedRule } from '../rule.ts';

/**
 * The mean of ranks: within each class, values are replaced by their ranks among all rows, from 1/N to 1, ties sharing
 * their mean rank (SciPy's `rankdata` divided by N). For ranking metrics such as ROC AUC with members on different scales.
 * Single-label rows are then normalized to sum 1.
 *
 * A row's result depends on all other rows: blend a whole table at once.
 * @throws PodiumError as `alignMembers` does; `ensemble-weights`
 */
export function rankMean(members: readonly Predictions[], weights?: ArrayLike<number>): Predictions {
  const aligned = alignMembers(members);
  const first = aligned[0]!;
  assertClasses(first, 'rank-mean');
  const share = shares(weights, aligned.length);
  const sum = new Float64Array(first.values.length);
  const width = first.classes.length;
  aligned.forEach((member, m) => {
    if (share[m] !== 0) addWeighted(sum, columnRanks(probabilitiesOf(member), width), share[m]!);
  });
  return blended(aligned, first.task === 'single-label' ? normalizeRows(sum, width) : sum);
}

function columnRanks(values: Float64Array, width: number): Float64Array {
  const length = values.length / width;
  const ranks = new Float64Array(values.length);
  const column = new Float64Array(length);
  for (let k = 0; k < width; k++) {
    for (let row = 0; row < length; row++) column[row] = values[row * width + k]!;
    column.sort();
    for (let i = k; i < values.length; i += width) {
      const value = values[i]!;
      // The mean of the ranks of all equal values, starting at 1.
      const below = firstWhere(column, (other) => other >= value);
      const upTo = firstWhere(column, (other) => other > value);
      ranks[i] = (below + 1 + upTo) / 2 / length;
    }
  }
  return ranks;
}

/** The index of the first ascending value for which `test` holds; without one, their number. */
function firstWhere(sorted: Float64Array, test: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export const entry: BlendRule = fixedRule({
  name: 'rank-mean',
  summary: "Mean of each class's ranks over the rows: for ROC AUC and members on different scales.",
  blend: rankMean,
});
