import { affineAbout } from '../kernels/affine.ts';
import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { symmetricRange } from '../settings/ranges.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Shears along x and y by angles in degrees, about the center (torchvision `RandomAffine(shear=...)`). */
export const shear: TransformEntry = defineTransform({
  name: 'shear',
  summary: 'Shears along x and y.',
  settings: () => ({
    x: symmetricRange(10, { max: 80 }),
    y: symmetricRange(10, { max: 80 }),
    ...samplingSettings(),
  }),
  identity: { x: 0, y: 0 },
  create: ({ x, y, ...rest }) => {
    const sampling = samplingOf(rest);
    return (image, rng) => {
      const angles = [draw(rng, x), draw(rng, y)] as const;
      return image.warp(affineAbout(image.width, image.height, { shear: angles }), sampling);
    };
  },
});
