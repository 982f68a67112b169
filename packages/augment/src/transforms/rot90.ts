import { turn } from '../kernels/flip.ts';
import { integerRange } from '../settings/fields.ts';
import { defineTransform, drawInteger, onImage, type TransformEntry } from '../transform.ts';

/** Turns counter-clockwise by quarters (Albumentations `RandomRotate90`, `numpy.rot90`). */
export const rot90: TransformEntry = defineTransform({
  name: 'rot90',
  summary: 'Turns by a random number of quarters.',
  settings: { quarters: integerRange(0, 3, { min: 0, max: 3 }) },
  identity: { quarters: 0 },
  create: ({ quarters }) => onImage((image, rng) => turn(image, drawInteger(rng, quarters))),
});
