import type { Predictions } from '@podium/core';
import type { BlendRule } from '../rule.ts';
import { alignMembers, blended, logProbabilitiesOf, softmaxInPlace } from '../support/members.ts';
import { readSettings } from '../support/settings.ts';
import { addWeighted, shares } from '../support/weights.ts';

/**
 * The geometric mean of probabilities, made to sum to 1 again: the mean of logits. One member that is sure that a class
 * is wrong can veto it. Multi-label: the mean of each class's log odds.
 * @throws PodiumError as `alignMembers` does; `ensemble-weights`
 */
export function geometricMean(members: readonly Predictions[], weights?: ArrayLike<number>): Predictions {
  const aligned = alignMembers(members);
  const [first] = aligned as readonly [Predictions];
  const share = shares(weights, aligned.length);
  const sum = new Float64Array(first.values.length);
  const single = first.task === 'single-label';
  aligned.forEach((member, m) => {
    if (share[m] !== 0) addWeighted(sum, single ? logProbabilitiesOf(member) : logOdds(member), share[m]!);
  });
  return blended(
    aligned,
    single ? softmaxInPlace(sum, first.classes.length) : sum.map((x) => 1 / (1 + Math.exp(-x))),
  );
}

/** Probabilities this near to 0 or 1 count as this far from it. */
const NEAR = 1e-12;

function logOdds({ values, kind }: Predictions): Float64Array {
  if (kind === 'logits') return Float64Array.from(values);
  return Float64Array.from(
    values,
    (value) => Math.log(Math.max(value, NEAR)) - Math.log(Math.max(1 - value, NEAR)),
  );
}

export const entry: BlendRule = {
  name: 'geometric-mean',
  summary: 'Geometric mean of probabilities (the mean of logits), made to sum to 1.',
  parse: (settings) => {
    readSettings('rule "geometric-mean"', settings).end();
    return geometricMean;
  },
};
