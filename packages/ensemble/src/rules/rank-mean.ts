import type { Predictions } from '@podium/core';
import type { BlendRule } from '../rule.ts';
import { alignMembers, blended, normalizeRows, probabilitiesOf } from '../support/members.ts';
import { readSettings } from '../support/settings.ts';
import { addWeighted, shares } from '../support/weights.ts';

/**
 * The mean of ranks: within each class, a row's value is replaced by its rank among all rows, from 1/N to 1, equal values
 * sharing their mean rank (`rankdata` of SciPy over N). For metrics of order such as ROC AUC, where members are on
 * different scales. Single-label rows are made to sum to 1 afterwards.
 *
 * A row's result depends on the other rows: blend a whole table at once.
 * @throws PodiumError as `alignMembers` does; `ensemble-weights`
 */
export function rankMean(members: readonly Predictions[], weights?: ArrayLike<number>): Predictions {
  const aligned = alignMembers(members);
  const [first] = aligned as readonly [Predictions];
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
    for (let at = k; at < values.length; at += width) {
      const value = values[at]!;
      // The mean of the places of all that are equal, from 1 on.
      const below = firstWhere(column, (other) => other >= value);
      const upTo = firstWhere(column, (other) => other > value);
      ranks[at] = (below + 1 + upTo) / 2 / length;
    }
  }
  return ranks;
}

/** The first place of ascending values where `test` holds, or their number. */
function firstWhere(sorted: Float64Array, test: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export const entry: BlendRule = {
  name: 'rank-mean',
  summary: "Mean of each class's ranks over the rows: for ROC AUC and members on different scales.",
  parse: (settings) => {
    readSettings('rule "rank-mean"', settings).end();
    return rankMean;
  },
};
