import type { Predictions } from '@podium/core';
import type { BlendRule } from '../rule.ts';
import { alignMembers, blended, probabilitiesOf } from '../support/members.ts';
import { readSettings } from '../support/settings.ts';
import { addWeighted, shares } from '../support/weights.ts';

/**
 * The arithmetic mean of probabilities: the best guess where every member is calibrated.
 * @throws PodiumError as `alignMembers` does; `ensemble-weights`
 */
export function mean(members: readonly Predictions[], weights?: ArrayLike<number>): Predictions {
  const aligned = alignMembers(members);
  const share = shares(weights, aligned.length);
  const sum = new Float64Array(aligned[0]?.values.length ?? 0);
  aligned.forEach((member, m) => {
    if (share[m] !== 0) addWeighted(sum, probabilitiesOf(member), share[m]!);
  });
  return blended(aligned, sum);
}

export const entry: BlendRule = {
  name: 'mean',
  summary: 'Arithmetic mean of probabilities.',
  parse: (settings) => {
    readSettings('rule "mean"', settings).end();
    return mean;
  },
};
