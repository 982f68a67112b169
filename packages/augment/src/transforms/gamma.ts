import { gammaTable } from '../kernels/tables.ts';
import { range } from '../settings/ranges.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Raises values, on a scale of 0 to 1, to a power: above 1 darkens, below 1 lightens (torchvision `adjust_gamma`). */
export const gamma: TransformEntry = defineTransform({
  name: 'gamma',
  summary: 'Lightens or darkens the midtones.',
  settings: () => ({ gamma: range(0.8, 1.2, { min: 0.01, max: 100 }) }),
  identity: { gamma: 1 },
  create: ({ gamma: limits }) => {
    return (image, rng) => {
      const exponent = draw(rng, limits);
      return exponent === 1 ? image : image.map(gammaTable(exponent));
    };
  },
});
