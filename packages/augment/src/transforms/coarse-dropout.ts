import { fillBoxes } from '../kernels/fill.ts';
import { color, filling } from '../settings/pixels.ts';
import { integerRange, range } from '../settings/ranges.ts';
import { defineTransform, draw, drawInteger, inPlace, type TransformEntry } from '../transform.ts';

/**
 * Erases boxes; `height` and `width` are fractions of the image's sides (Albumentations `CoarseDropout`; Cutout, DeVries
 * 2017).
 */
export const coarseDropout: TransformEntry = defineTransform({
  name: 'coarseDropout',
  summary: 'Erases a few boxes.',
  settings: () => ({
    holes: integerRange(1, 4, { min: 0, max: 1000 }),
    height: range(0.1, 0.25, { min: 0, max: 1 }),
    width: range(0.1, 0.25, { min: 0, max: 1 }),
    filling: filling(),
    fill: color(0),
  }),
  p: 0.5,
  identity: { holes: 0 },
  create: ({ holes, height, width, filling, fill }) =>
    inPlace((image, rng) => {
      const boxes = Array.from({ length: drawInteger(rng, holes) }, () => {
        const boxHeight = Math.round(draw(rng, height) * image.height);
        const boxWidth = Math.round(draw(rng, width) * image.width);
        const top = rng.int(image.height - boxHeight + 1);
        const left = rng.int(image.width - boxWidth + 1);
        return { left, top, width: boxWidth, height: boxHeight };
      });
      fillBoxes(image, boxes, filling, fill, rng);
    }),
});
