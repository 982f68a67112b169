import { equalizeLocally } from '../kernels/clahe.ts';
import { integer, range } from '../settings/ranges.ts';
import { defineTransform, draw, onImage, type TransformEntry } from '../transform.ts';

/**
 * Contrast-limited adaptive histogram equalization: equalizes each tile, limited so that flat areas do not become noise
 * (OpenCV `createCLAHE`).
 */
export const clahe: TransformEntry = defineTransform({
  name: 'clahe',
  summary: 'Equalizes the histogram tile by tile, with limited contrast.',
  settings: () => ({
    clipLimit: range(1, 4, { min: 1, max: 256 }),
    tiles: integer(8, { min: 1, max: 64 }),
  }),
  p: 0.5,
  create: ({ clipLimit, tiles }) =>
    onImage((image, rng) => equalizeLocally(image, draw(rng, clipLimit), [tiles, tiles])),
});
