import type { Predictions } from '@podium/core';
import { alignMembers, blended } from '../members/align-members.ts';
import { probabilitiesOf } from '../members/probabilities.ts';
import { addWeighted, shares } from '../members/weights.ts';
import { type BlendRule, fixedRule } from '../rule.ts';

/**
 * The arithmetic mean of probabilities, or of numbers: a good default if members are calibrated.
 * @throws PodiumError as `alignMembers` does; `ensemble-weights`
 *
 * @example
 * const blended = mean([resnet, vit], [2, 1]);
 */
export function mean(members: readonly Predictions[], weights?: ArrayLike<number>): Predictions {
  const aligned = alignMembers(members);
  const share = shares(weights, aligned.length);
  const sum = new Float64Array(aligned[0]!.values.length);
  aligned.forEach((member, m) => {
    if (share[m] !== 0) addWeighted(sum, probabilitiesOf(member), share[m]!);
  });
  return blended(aligned, sum);
}

export const entry: BlendRule = fixedRule({
  name: 'mean',
  summary: 'Arithmetic mean of probabilities, or of numbers.',
  blend: mean,
});
