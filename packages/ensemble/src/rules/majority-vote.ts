import type { Predictions } from '@podium/core';
import type { BlendRule } from '../rule.ts';
import { alignMembers, blended, probabilitiesOf } from '../support/members.ts';
import { readSettings } from '../support/settings.ts';
import { shares } from '../support/weights.ts';

/** How much of a vote the mean probability is worth: enough to break ties, too little to overturn a vote. */
const TIE = 1e-3;

/**
 * Each member votes for the class that it decides (multi-label: for each class above 0.5); the share of votes is the
 * result. Equal votes are broken by the mean probability, which counts for a thousandth of the result.
 * @throws PodiumError as `alignMembers` does; `ensemble-weights`
 */
export function majorityVote(members: readonly Predictions[], weights?: ArrayLike<number>): Predictions {
  const aligned = alignMembers(members);
  const [first] = aligned as readonly [Predictions];
  const share = shares(weights, aligned.length);
  const width = first.classes.length;
  const sum = new Float64Array(first.values.length);
  aligned.forEach((member, m) => {
    const weight = share[m]!;
    if (weight === 0) return;
    const values = probabilitiesOf(member);
    for (let i = 0; i < sum.length; i++) {
      const vote = first.task === 'multi-label' && values[i]! > 0.5 ? 1 - TIE : 0;
      sum[i] = sum[i]! + weight * (vote + TIE * values[i]!);
    }
    if (first.task === 'multi-label') return;
    member.argmax().forEach((k, row) => {
      sum[row * width + k] = sum[row * width + k]! + weight * (1 - TIE);
    });
  });
  return blended(aligned, sum);
}

export const entry: BlendRule = {
  name: 'majority-vote',
  summary: 'Share of members that decide for a class; ties by mean probability.',
  parse: (settings) => {
    readSettings('rule "majority-vote"', settings).end();
    return majorityVote;
  },
};
