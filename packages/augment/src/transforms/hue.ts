import { turnHue } from '../kernels/color.ts';
import { symmetric } from '../settings/fields.ts';
import { defineTransform, draw, inPlace, type TransformEntry } from '../transform.ts';

/** Turns the hue by up to `turns` of the color circle (torchvision `adjust_hue` on tensors). */
export const hue: TransformEntry = defineTransform({
  name: 'hue',
  summary: 'Turns the color circle.',
  settings: { turns: symmetric(0.1, { max: 0.5 }) },
  identity: { turns: 0 },
  create: ({ turns }) => inPlace((image, rng) => turnHue(image, draw(rng, turns))),
});
