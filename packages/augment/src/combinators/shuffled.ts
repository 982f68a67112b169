import { type CombinatorEntry, defineCombinator } from '../combinator.ts';
import type { Step } from '../lazy-image.ts';

/** Applies all steps in random order (torchvision `RandomOrder`). */
export function shuffled(steps: readonly Step[]): Step {
  return (start, rng) => {
    const order = rng.sample(steps.entries(), steps.length);
    return order.reduce((image, [i, step]) => step(image, rng.split(i)), start);
  };
}

export const shuffledEntry: CombinatorEntry = defineCombinator({
  name: 'shuffled',
  summary: 'Applies steps in random order.',
  settings: () => ({}),
  combine: shuffled,
});
