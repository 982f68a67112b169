import { gammaTable } from '../kernels/tables.ts';
import { range } from '../settings/fields.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Raises values, as parts of 255, to a power: above 1 darkens, below 1 lightens (torchvision `adjust_gamma`). */
export const gamma: TransformEntry = defineTransform({
  name: 'gamma',
  summary: 'Lightens or darkens the middle tones.',
  settings: { gamma: range(0.8, 1.2, { min: 0.01, max: 100 }) },
  identity: { gamma: 1 },
  create: ({ gamma: limits }) => {
    return (image, rng) => {
      const exponent = draw(rng, limits);
      return exponent === 1 ? image : image.map(gammaTable(exponent));
    };
  },
});
