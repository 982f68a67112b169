import { meanGray } from '../kernels/histogram.ts';
import { contrastTable } from '../kernels/tables.ts';
import { factorRange } from '../settings/ranges.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Moves values away from or toward the image's mean gray level (PIL `ImageEnhance.Contrast`). */
export const contrast: TransformEntry = defineTransform({
  name: 'contrast',
  summary: 'Raises or lowers contrast.',
  settings: () => ({ factor: factorRange(0.3) }),
  identity: { factor: [1, 1] },
  create:
    ({ factor }) =>
    (image, rng) =>
      image.map(contrastTable(draw(rng, factor), meanGray(image.read()))),
});
