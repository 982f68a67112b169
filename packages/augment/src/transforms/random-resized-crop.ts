import type { ImageSize, Rng } from '@podium/core';
import { type Box, resample } from '../kernels/resample.ts';
import { exponential, logarithm } from '../portable-math.ts';
import { imageSize, interpolation } from '../settings/pixels.ts';
import { range } from '../settings/ranges.ts';
import { defineTransform, draw, onImage, type TransformEntry } from '../transform.ts';

/**
 * Crops a box of random area and aspect ratio and resizes it to `size` (torchvision `RandomResizedCrop`). Draws up to ten
 * boxes of `scale` of the area and `ratio` width to height, then falls back to the largest center box of an allowed ratio.
 */
export const randomResizedCrop: TransformEntry = defineTransform({
  name: 'randomResizedCrop',
  summary: 'Crops a box of random area and aspect ratio and resizes it.',
  settings: () => ({
    size: imageSize(224),
    scale: range(0.08, 1, { min: 0.0001, max: 1 }),
    ratio: range(3 / 4, 4 / 3, { min: 0.01, max: 100 }),
    interpolation: interpolation('bilinear'),
  }),
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
  const aspect = Math.max(ratio[0], Math.min(width / height, ratio[1]));
  const boxWidth = Math.max(1, Math.min(width, Math.round(height * aspect)));
  const boxHeight = Math.max(1, Math.min(height, Math.round(width / aspect)));
  return {
    left: Math.floor((width - boxWidth) / 2),
    top: Math.floor((height - boxHeight) / 2),
    width: boxWidth,
    height: boxHeight,
  };
}
