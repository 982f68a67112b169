import { range } from '../settings/fields.ts';
import { defineTransform, draw, inPlace, type TransformEntry } from '../transform.ts';

/** Adds normal noise of `std` levels, an own value for each channel (Albumentations `GaussNoise`, in levels of 255). */
export const gaussianNoise: TransformEntry = defineTransform({
  name: 'gaussianNoise',
  summary: 'Adds normal noise.',
  settings: { std: range(3, 15, { min: 0, max: 255 }) },
  p: 0.5,
  identity: { std: 0 },
  create: ({ std }) =>
    inPlace(({ data }, rng) => {
      const noise = rng.fillNormal(new Float32Array(data.length), 0, draw(rng, std));
      for (let i = 0; i < data.length; i++) {
        // The shift makes `| 0` round negative sums as it does positive ones.
        const value = (((data[i] as number) + (noise[i] as number) + 4096.5) | 0) - 4096;
        data[i] = value < 0 ? 0 : value > 255 ? 255 : value;
      }
    }),
});
