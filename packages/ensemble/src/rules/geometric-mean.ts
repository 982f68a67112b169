import { type Predictions, sigmoid, softmaxInPlace } from '@podium/core';
import { alignMembers, blended } from '../members/align-members.ts';
import { assertClasses, logProbabilitiesOf } from '../members/probabilities.ts';
import { addWeighted, shares } from '../members/weights.ts';
import { type BlendRule, fixedRule } from '../rule.ts';

/**
 * The geometric mean of probabilities, normalized to sum 1: the mean of logits. A member that is certain that a class is
 * wrong can veto it. Multi-label: the mean of each class's log odds.
 * @throws PodiumError as `alignMembers` does; `ensemble-weights`
 */
export function geometricMean(members: readonly Predictions[], weights?: ArrayLike<number>): Predictions {
  const aligned = alignMembers(members);
  const first = aligned[0]!;
  assertClasses(first, 'geometric-mean');
  const share = shares(weights, aligned.length);
  const sum = new Float64Array(first.values.length);
  const single = first.task === 'single-label';
  aligned.forEach((member, m) => {
    if (share[m] !== 0) addWeighted(sum, single ? logProbabilitiesOf(member) : logOddsOf(member), share[m]!);
  });
  return blended(aligned, single ? softmaxInPlace(sum, first.classes.length) : sum.map(sigmoid));
}

/** Probabilities are kept this far from 0 and 1. */
const MARGIN = 1e-12;

function logOddsOf({ values, kind }: Predictions): Float64Array {
  if (kind === 'logits') return Float64Array.from(values);
  return Float64Array.from(
    values,
    (value) => Math.log(Math.max(value, MARGIN)) - Math.log(Math.max(1 - value, MARGIN)),
  );
}

export const entry: BlendRule = fixedRule({
  name: 'geometric-mean',
  summary: 'Geometric mean of probabilities (the mean of logits), normalized to sum 1.',
  blend: geometricMean,
});
