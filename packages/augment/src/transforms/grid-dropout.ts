import { fillBoxes } from '../kernels/fill.ts';
import { color, filling } from '../settings/pixels.ts';
import { integerRange, number } from '../settings/ranges.ts';
import { defineTransform, drawInteger, inPlace, type TransformEntry } from '../transform.ts';

/**
 * Erases a square in each cell of a randomly placed grid (GridMask, Chen 2020; Albumentations `GridDropout`). A cell's side
 * is the shorter side divided by `cells`; the square's side is `ratio` of it.
 */
export const gridDropout: TransformEntry = defineTransform({
  name: 'gridDropout',
  summary: 'Erases a square in each cell of a grid.',
  settings: () => ({
    cells: integerRange(3, 7, { min: 1, max: 1000 }),
    ratio: number(0.5, { min: 0, max: 1 }),
    filling: filling(),
    fill: color(0),
  }),
  p: 0.5,
  identity: { ratio: 0 },
  create: ({ cells, ratio, filling, fill }) =>
    inPlace((image, rng) => {
      const { width, height } = image;
      const unit = Math.max(1, Math.floor(Math.min(width, height) / drawInteger(rng, cells)));
      const side = Math.round(unit * ratio);
      const [startX, startY] = [rng.int(unit) - unit, rng.int(unit) - unit];
      const boxes = [];
      for (let y = startY; y < height; y += unit) {
        for (let x = startX; x < width; x += unit) {
          const [left, top] = [Math.max(0, x), Math.max(0, y)];
          const [right, bottom] = [Math.min(width, x + side), Math.min(height, y + side)];
          if (right > left && bottom > top)
            boxes.push({ left, top, width: right - left, height: bottom - top });
        }
      }
      fillBoxes(image, boxes, filling, fill, rng);
    }),
});
