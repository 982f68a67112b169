import { compress } from '../kernels/jpeg.ts';
import { integerRange } from '../settings/ranges.ts';
import { defineTransform, drawInteger, onImage, type TransformEntry } from '../transform.ts';

/**
 * Compresses the image as a JPEG of a random quality would (Albumentations `ImageCompression`): libjpeg's quality scale,
 * standard tables, chroma at half size.
 */
export const jpeg: TransformEntry = defineTransform({
  name: 'jpeg',
  summary: 'Adds JPEG compression artifacts.',
  settings: () => ({ quality: integerRange(40, 95, { min: 1, max: 100 }) }),
  p: 0.5,
  create: ({ quality }) => onImage((image, rng) => compress(image, drawInteger(rng, quality))),
});
