import type { Image, Rng } from '@podium/core';
import { fillBoxes } from '../kernels/fill.ts';
import type { Box } from '../kernels/resample.ts';
import { exponential, logarithm } from '../portable-math.ts';
import { color, filling } from '../settings/pixels.ts';
import { range } from '../settings/ranges.ts';
import { defineTransform, draw, inPlace, type TransformEntry } from '../transform.ts';

/**
 * Erases one box of random area and aspect ratio (Zhong 2017; torchvision `RandomErasing`). Draws up to ten boxes of
 * `scale` of the area and `ratio` height to width; if none is smaller than the image, nothing is erased.
 */
export const randomErasing: TransformEntry = defineTransform({
  name: 'randomErasing',
  summary: 'Erases one box of random area and aspect ratio.',
  settings: () => ({
    scale: range(0.02, 0.33, { min: 0, max: 1 }),
    ratio: range(0.3, 3.3, { min: 0.01, max: 100 }),
    filling: filling(),
    fill: color(0),
  }),
  p: 0.5,
  identity: { scale: 0 },
  create: ({ scale, ratio, filling, fill }) =>
    inPlace((image, rng) => {
      const box = smallBox(image, scale, ratio, rng);
      if (box !== undefined) fillBoxes(image, [box], filling, fill, rng);
    }),
});

type Pair = readonly [number, number];

function smallBox({ width, height }: Image, scale: Pair, ratio: Pair, rng: Rng): Box | undefined {
  const logs: Pair = [logarithm(ratio[0]), logarithm(ratio[1])];
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * draw(rng, scale);
    const aspect = exponential(draw(rng, logs));
    const boxHeight = Math.round(Math.sqrt(area * aspect));
    const boxWidth = Math.round(Math.sqrt(area / aspect));
    if (boxHeight >= height || boxWidth >= width) continue;
    const top = rng.int(height - boxHeight + 1);
    const left = rng.int(width - boxWidth + 1);
    return { left, top, width: boxWidth, height: boxHeight };
  }
  return undefined;
}
