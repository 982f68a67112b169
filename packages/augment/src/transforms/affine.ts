import { affineAbout } from '../kernels/affine.ts';
import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { range, symmetricRange } from '../settings/ranges.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/**
 * Rotation, translation, scaling and shear in one warp (torchvision `RandomAffine`). `translate` is a fraction of the
 * side, rounded to whole pixels; `shear` and `shearY` are degrees along x and y.
 */
export const affine: TransformEntry = defineTransform({
  name: 'affine',
  summary: 'Rotates, translates, scales and shears in one warp.',
  settings: () => ({
    degrees: symmetricRange(15, { max: 360 }),
    translate: symmetricRange(0.1, { max: 1 }),
    scale: range(0.9, 1.1, { min: 0.05, max: 20 }),
    shear: symmetricRange(5, { max: 80 }),
    shearY: symmetricRange(0, { max: 80 }),
    ...samplingSettings(),
  }),
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
