import { equalizeLocally } from '../kernels/clahe.ts';
import { integer, range } from '../settings/fields.ts';
import { defineTransform, draw, onImage, type TransformEntry } from '../transform.ts';

/** Evens out contrast part by part, limited so that flat parts do not turn to noise (OpenCV `createCLAHE`). */
export const clahe: TransformEntry = defineTransform({
  name: 'clahe',
  summary: 'Evens out contrast part by part.',
  settings: {
    clipLimit: range(1, 4, { min: 1, max: 256 }),
    tiles: integer(8, { min: 1, max: 64 }),
  },
  p: 0.5,
  create: ({ clipLimit, tiles }) =>
    onImage((image, rng) => equalizeLocally(image, draw(rng, clipLimit), [tiles, tiles])),
});
