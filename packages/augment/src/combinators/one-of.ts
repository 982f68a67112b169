import { z } from 'zod';
import { type CombinatorEntry, defineCombinator } from '../combinator.ts';
import type { Step } from '../lazy-image.ts';
import { probability } from '../settings/ranges.ts';
import { withProbability } from '../transform.ts';

/**
 * Applies one of the steps, chosen by weight (Albumentations `OneOf`).
 * @param weights one per step; empty for equal weights
 * @throws PodiumError `random-argument` when applied, if the numbers of weights and steps differ
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
  summary: 'Applies one of several steps.',
  settings: () => ({ weights: weights(), p: probability(1) }),
  check: ({ weights }, steps) =>
    weights.length > 0 && (weights.length !== steps || weights.every((weight) => weight === 0))
      ? { setting: 'weights', expected: `${steps} weights, one per step, not all 0` }
      : undefined,
  combine: (steps, { weights, p }) => withProbability(p, oneOf(steps, weights)),
});

function weights(): z.ZodType<readonly number[]> {
  const error = 'a list of numbers >= 0, one per step and not all 0, or [] for equal weights';
  return z.array(z.number({ error }).min(0, { error }), { error }).default([]);
}
