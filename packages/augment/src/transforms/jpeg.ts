import { compress } from '../kernels/jpeg.ts';
import { integerRange } from '../settings/fields.ts';
import { defineTransform, drawInteger, onImage, type TransformEntry } from '../transform.ts';

/**
 * Leaves of the image what a JPEG file of a random quality would (Albumentations `ImageCompression`): libjpeg's
 * quality scale, standard tables, chroma at half size.
 */
export const jpeg: TransformEntry = defineTransform({
  name: 'jpeg',
  summary: 'Makes the losses of JPEG compression.',
  settings: { quality: integerRange(40, 95, { min: 1, max: 100 }) },
  p: 0.5,
  create: ({ quality }) => onImage((image, rng) => compress(image, drawInteger(rng, quality))),
});
