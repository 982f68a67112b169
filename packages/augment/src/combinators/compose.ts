import { type CombinatorEntry, defineCombinator } from '../combinator.ts';
import type { Step } from '../lazy-image.ts';

/** Does the steps one after another. Each draws from its own stream, so a step added at the end changes none before it. */
export function compose(steps: readonly Step[]): Step {
  return (start, rng) => steps.reduce((image, step, i) => step(image, rng.split(i)), start);
}

export const composeEntry: CombinatorEntry = defineCombinator({
  name: 'compose',
  summary: 'Does steps one after another.',
  settings: {},
  combine: compose,
});
