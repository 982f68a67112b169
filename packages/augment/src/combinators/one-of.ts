import { type CombinatorEntry, defineCombinator, weightsField } from '../combinator.ts';
import type { Step } from '../lazy-image.ts';
import { probability } from '../settings/fields.ts';
import { withProbability } from '../transform.ts';

/**
 * Does one of the steps, each as likely as its weight is large (Albumentations `OneOf`).
 * @throws PodiumError `random-argument`, when used, unless there is a weight a step, or none.
 */
export function oneOf(steps: readonly Step[], weights: readonly number[] = []): Step {
  const shares = weights.length === 0 ? steps.map(() => 1) : weights;
  const indices = steps.map((_, i) => i);
  return (image, rng) => {
    const index = rng.weightedChoice(indices, shares);
    return steps[index]!(image, rng.split(index));
  };
}

export const oneOfEntry: CombinatorEntry = defineCombinator({
  name: 'oneOf',
  summary: 'Does one of several steps.',
  settings: { weights: weightsField, p: probability(1) },
  complaint: ({ weights }, steps) =>
    weights.length > 0 && (weights.length !== steps || weights.every((weight) => weight === 0))
      ? { setting: 'weights', expected: `${steps} weights, one for each step and not all 0` }
      : undefined,
  combine: (steps, { weights, p }) => withProbability(p, oneOf(steps, weights)),
});
