import type { Predictions } from '@podium/core';
import { alignMembers, blended } from '../members/align-members.ts';
import { assertClasses, probabilitiesOf } from '../members/probabilities.ts';
import { shares } from '../members/weights.ts';
import { type BlendRule, fixedRule } from '../rule.ts';

/** Weight of the mean probability beside the votes: enough to break ties, too little to overturn a vote. */
const TIE_BREAK = 1e-3;

/**
 * The share of members that predict each class (multi-label: with a probability above 0.5). Ties are broken by the mean
 * probability, which makes up a thousandth of the result.
 * @throws PodiumError as `alignMembers` does; `ensemble-weights`
 */
export function majorityVote(members: readonly Predictions[], weights?: ArrayLike<number>): Predictions {
  const aligned = alignMembers(members);
  const first = aligned[0]!;
  assertClasses(first, 'majority-vote');
  const share = shares(weights, aligned.length);
  const width = first.classes.length;
  const sum = new Float64Array(first.values.length);
  aligned.forEach((member, m) => {
    const weight = share[m]!;
    if (weight === 0) return;
    const values = probabilitiesOf(member);
    for (let i = 0; i < sum.length; i++) {
      const vote = first.task === 'multi-label' && values[i]! > 0.5 ? 1 - TIE_BREAK : 0;
      sum[i] = sum[i]! + weight * (vote + TIE_BREAK * values[i]!);
    }
    if (first.task === 'multi-label') return;
    member.argmax().forEach((k, row) => {
      sum[row * width + k] = sum[row * width + k]! + weight * (1 - TIE_BREAK);
    });
  });
  return blended(aligned, sum);
}

export const entry: BlendRule = fixedRule({
  name: 'majority-vote',
  summary: 'Share of members that predict a class; ties by mean probability.',
  blend: majorityVote,
});
