import type { Image, Rng } from '@podium/core';
import type { Box } from './resample.ts';
import { fillOf } from './warp.ts';

/** What replaces erased pixels: a color, uniform noise, or the image's mean color. */
export type Filling = 'constant' | 'noise' | 'mean';

/** Overwrites boxes of the image, in place. */
export function fillBoxes(
  image: Image,
  boxes: readonly Box[],
  filling: Filling,
  fill: readonly number[],
  rng: Rng,
): void {
  const { width, channels, data } = image;
  const color = filling === 'mean' ? meanColor(image) : fillOf(fill, channels);
  for (const box of boxes) {
    const length = box.width * channels;
    for (let y = box.top; y < box.top + box.height; y++) {
      const row = data.subarray((y * width + box.left) * channels).subarray(0, length);
      if (filling === 'noise') for (let i = 0; i < length; i++) row[i] = rng.uint32() >>> 24;
      else for (let i = 0; i < length; i++) row[i] = color[i % channels]!;
    }
  }
}

function meanColor({ channels, data }: Image): number[] {
  const sums = new Array<number>(channels).fill(0);
  for (let i = 0; i < data.length; i++) {
    const channel = i % channels;
    sums[channel] = sums[channel]! + data[i]!;
  }
  return sums.map((sum) => Math.round((sum * channels) / data.length));
}
