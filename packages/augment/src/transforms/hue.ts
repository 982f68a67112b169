import { turnHue } from '../kernels/color.ts';
import { symmetricRange } from '../settings/ranges.ts';
import { defineTransform, draw, inPlace, type TransformEntry } from '../transform.ts';

/** Shifts the hue by a fraction of the color circle (torchvision `adjust_hue` on tensors). */
export const hue: TransformEntry = defineTransform({
  name: 'hue',
  summary: 'Shifts the hue.',
  settings: () => ({ turns: symmetricRange(0.1, { max: 0.5 }) }),
  identity: { turns: 0 },
  create: ({ turns }) => inPlace((image, rng) => turnHue(image, draw(rng, turns))),
});
