import { rotateQuarters } from '../kernels/flip.ts';
import { integerRange } from '../settings/ranges.ts';
import { defineTransform, drawInteger, onImage, type TransformEntry } from '../transform.ts';

/** Rotates counterclockwise by multiples of 90 degrees (Albumentations `RandomRotate90`, `numpy.rot90`). */
export const rot90: TransformEntry = defineTransform({
  name: 'rot90',
  summary: 'Rotates by a random multiple of 90 degrees.',
  settings: () => ({ quarters: integerRange(0, 3, { min: 0, max: 3 }) }),
  identity: { quarters: 0 },
  create: ({ quarters }) => onImage((image, rng) => rotateQuarters(image, drawInteger(rng, quarters))),
});
