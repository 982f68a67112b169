import { type CombinatorEntry, defineCombinator } from '../combinator.ts';
import type { Step } from '../lazy-image.ts';

/** Applies the steps in order. Step i draws from `rng.split(i)`, so a step added at the end changes none before it. */
export function compose(steps: readonly Step[]): Step {
  return (start, rng) => steps.reduce((image, step, i) => step(image, rng.split(i)), start);
}

export const composeEntry: CombinatorEntry = defineCombinator({
  name: 'compose',
  summary: 'Applies steps in order.',
  settings: () => ({}),
  combine: compose,
});
