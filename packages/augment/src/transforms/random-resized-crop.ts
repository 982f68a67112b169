import type { ImageSize, Rng } from '@podium/core';
import { type Box, resample } from '../kernels/resample.ts';
import { exponential, logarithm } from '../portable-math.ts';
import { choice, range, size as sizeField } from '../settings/fields.ts';
import { defineTransform, draw, onImage, type TransformEntry } from '../transform.ts';

/**
 * A box of random area and shape, resized to `size` (torchvision `RandomResizedCrop`): ten tries at a box of `scale` of
 * the area and of `ratio` width to height, then the largest middle box of an allowed shape.
 */
export const randomResizedCrop: TransformEntry = defineTransform({
  name: 'randomResizedCrop',
  summary: 'Crops a box of random area and shape and resizes it.',
  settings: {
    size: sizeField(224),
    scale: range(0.08, 1, { min: 0.0001, max: 1 }),
    ratio: range(3 / 4, 4 / 3, { min: 0.01, max: 100 }),
    interpolation: choice(['nearest', 'bilinear', 'bicubic', 'lanczos3'], 'bilinear'),
  },
  create: ({ size: [height, width], scale, ratio, interpolation }) =>
    onImage((image, rng) =>
      resample(image, randomBox(image, scale, ratio, rng), width, height, interpolation),
    ),
  opening: ({ size: [outHeight, outWidth], scale, ratio, interpolation }) => ({
    window: (stored, rng) => ({
      ...randomBox(stored, scale, ratio, rng),
      outWidth,
      outHeight,
      interpolation,
    }),
  }),
});

type Pair = readonly [number, number];

function randomBox({ width, height }: ImageSize, scale: Pair, ratio: Pair, rng: Rng): Box {
  const logs: Pair = [logarithm(ratio[0]), logarithm(ratio[1])];
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * draw(rng, scale);
    const aspect = exponential(draw(rng, logs));
    const boxWidth = Math.round(Math.sqrt(area * aspect));
    const boxHeight = Math.round(Math.sqrt(area / aspect));
    if (boxWidth > 0 && boxWidth <= width && boxHeight > 0 && boxHeight <= height) {
      const top = rng.int(height - boxHeight + 1);
      const left = rng.int(width - boxWidth + 1);
      return { left, top, width: boxWidth, height: boxHeight };
    }
  }
  const shape = Math.max(ratio[0], Math.min(width / height, ratio[1]));
  const boxWidth = Math.max(1, Math.min(width, Math.round(height * shape)));
  const boxHeight = Math.max(1, Math.min(height, Math.round(width / shape)));
  return {
    left: Math.floor((width - boxWidth) / 2),
    top: Math.floor((height - boxHeight) / 2),
    width: boxWidth,
    height: boxHeight,
  };
}
