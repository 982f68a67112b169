import { PodiumError } from '@podium/core';
import { pipelineFrom } from '../pipeline.ts';
import { type Field, integer } from '../settings/fields.ts';
import { placed } from './support/placed.ts';
import { defineView, type ViewKind } from './support/view.ts';

/** Checked by the pipeline itself, which knows the place of what is wrong. */
const stepsField: Field<readonly unknown[]> = {
  default: [],
  expected: 'a list of steps, such as [{ "colorJitter": {} }]',
  read: (value) => (Array.isArray(value) ? value : undefined),
};

const seedField: Field<string | number> = {
  default: 0,
  expected: 'a string or a whole number',
  read: (value) => (typeof value === 'string' || Number.isSafeInteger(value) ? (value as string) : undefined),
};

/**
 * Any steps of a pipeline, drawn anew for each image from its own random numbers and the seed. Steps that begin with a
 * crop or a resize get the whole image and have to end with the model's size; others get what `identity` shows.
 */
export const transformList: ViewKind = defineView({
  name: 'transforms',
  summary: 'Steps of a pipeline, with a seed; so many views, each drawn for itself.',
  settings: { steps: stepsField, seed: seedField, count: integer(1, { min: 1, max: 64 }) },
  make: ({ steps, seed, count }, frame, at) => {
    if (steps.length === 0) {
      throw new PodiumError({
        code: 'augment-setting',
        path: { key: `${at}.steps` },
        expected: 'at least one step',
        got: '[]',
        fix: 'name the steps, or use the view "identity"',
      });
    }
    const pipeline = pipelineFrom(steps, `${at}.steps`);
    const usual = placed(frame, {});
    return Array.from({ length: count }, (_, i) => {
      const { window } = pipeline;
      const label = count === 1 ? '' : `${i}`;
      if (window === undefined) {
        return {
          label,
          window: usual.window,
          apply: (image, rng) => pipeline.apply(usual.apply(image, rng), rng.split('view', seed, i)),
        };
      }
      return {
        label,
        window: (size, rng) => window(size, rng.split('view', seed, i)),
        apply: (image, rng) => pipeline.apply(image, rng.split('view', seed, i)),
      };
    });
  },
});
