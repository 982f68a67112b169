import { affineAbout } from '../kernels/affine.ts';
import { range, symmetric } from '../settings/fields.ts';
import { samplingFields, samplingOf } from '../settings/sampling.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/**
 * Turn, shift, scale and shear in one warp (torchvision `RandomAffine`): `translate` in parts of the sides, to whole
 * pixels; `shear` in degrees along x and, apart from it, along y.
 */
export const affine: TransformEntry = defineTransform({
  name: 'affine',
  summary: 'Turns, shifts, scales and shears in one warp.',
  settings: {
    degrees: symmetric(15, { max: 360 }),
    translate: symmetric(0.1, { max: 1 }),
    scale: range(0.9, 1.1, { min: 0.05, max: 20 }),
    shear: symmetric(5, { max: 80 }),
    shearY: symmetric(0, { max: 80 }),
    ...samplingFields,
  },
  identity: { degrees: 0, translate: 0, scale: 1, shear: 0 },
  create: ({ degrees, translate, scale, shear, shearY, ...rest }) => {
    const sampling = samplingOf(rest);
    return (image, rng) => {
      const { width, height } = image;
      const parts = {
        degrees: draw(rng, degrees),
        translate: [
          Math.round(draw(rng, translate) * width),
          Math.round(draw(rng, translate) * height),
        ] as const,
        scale: draw(rng, scale),
        shear: [draw(rng, shear), draw(rng, shearY)] as const,
      };
      return image.warp(affineAbout(width, height, parts), sampling);
    };
  },
});
