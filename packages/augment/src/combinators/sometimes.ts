import { type CombinatorEntry, defineCombinator } from '../combinator.ts';
import type { Step } from '../lazy-image.ts';
import { probability } from '../settings/ranges.ts';
import { withProbability } from '../transform.ts';
import { compose } from './compose.ts';

/** Applies the step with probability `p` (torchvision `RandomApply`). */
export function sometimes(p: number, step: Step): Step {
  return withProbability(p, step);
}

export const sometimesEntry: CombinatorEntry = defineCombinator({
  name: 'sometimes',
  summary: 'Applies all of its steps or none.',
  settings: () => ({ p: probability(0.5) }),
  combine: (steps, { p }) => sometimes(p, compose(steps)),
});
