import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { pipelineFrom } from '../../pipeline.ts';
import { integer } from '../../settings/ranges.ts';
import { defineView, type ViewKind } from '../define-view.ts';
import { placedView } from '../placed-view.ts';

/**
 * Steps of a pipeline, drawn for each image from its own random stream and the seed. Steps that begin with a crop or a
 * resize get the whole image and must end with the model's size; all others get what `identity` shows.
 */
export const transformList: ViewKind = defineView({
  name: 'transforms',
  summary: 'Steps of a pipeline, drawn `count` times from a seed.',
  settings: () => ({ steps: steps(), seed: seed(), count: integer(1, { min: 1, max: 64 }) }),
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
    const identity = placedView(frame, {});
    return Array.from({ length: count }, (_, i) => {
      const { window } = pipeline;
      const label = count === 1 ? '' : `${i}`;
      if (window === undefined) {
        return {
          label,
          window: identity.window,
          apply: (image, rng) => pipeline.apply(identity.apply(image, rng), rng.split('view', seed, i)),
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

/** The pipeline checks the steps itself, so that its errors name the place. */
function steps(): z.ZodType<readonly unknown[]> {
  return z.array(z.unknown(), { error: 'a list of steps, such as [{ "colorJitter": {} }]' }).default([]);
}

function seed(): z.ZodType<string | number> {
  return z
    .union([z.string(), z.int().overwrite((value) => value + 0)], { error: 'a string or a whole number' })
    .default(0);
}
