import { affineAbout } from '../kernels/affine.ts';
import { symmetric } from '../settings/fields.ts';
import { samplingFields, samplingOf } from '../settings/sampling.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Slants along x and y by angles in degrees, about the middle (torchvision `RandomAffine(shear=...)`). */
export const shear: TransformEntry = defineTransform({
  name: 'shear',
  summary: 'Slants along x and y.',
  settings: {
    x: symmetric(10, { max: 80 }),
    y: symmetric(10, { max: 80 }),
    ...samplingFields,
  },
  identity: { x: 0, y: 0 },
  create: ({ x, y, ...rest }) => {
    const sampling = samplingOf(rest);
    return (image, rng) => {
      const angles = [draw(rng, x), draw(rng, y)] as const;
      return image.warp(affineAbout(image.width, image.height, { shear: angles }), sampling);
    };
  },
});
