import { affineAbout } from '../kernels/affine.ts';
import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { symmetricRange } from '../settings/ranges.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Shifts by fractions of the sides, rounded to whole pixels (torchvision `RandomAffine(translate=...)`). */
export const translate: TransformEntry = defineTransform({
  name: 'translate',
  summary: 'Shifts along x and y.',
  settings: () => ({
    x: symmetricRange(0.1, { max: 1 }),
    y: symmetricRange(0.1, { max: 1 }),
    ...samplingSettings(),
  }),
  identity: { x: 0, y: 0 },
  create: ({ x, y, ...rest }) => {
    const sampling = samplingOf(rest);
    return (image, rng) => {
      const { width, height } = image;
      const shift = [Math.round(draw(rng, x) * width), Math.round(draw(rng, y) * height)] as const;
      if (shift[0] === 0 && shift[1] === 0) return image;
      return image.warp(affineAbout(width, height, { translate: shift }), sampling);
    };
  },
});
