import type { ImageSize } from '@podium/core';
import { resample } from '../kernels/resample.ts';
import { interpolation } from '../settings/pixels.ts';
import { integer } from '../settings/ranges.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/**
 * Resizes the shorter side to `size` pixels, keeping the aspect ratio; the longer side is rounded down (torchvision
 * `Resize` with one number).
 */
export const resizeShorter: TransformEntry = defineTransform({
  name: 'resizeShorter',
  summary: 'Resizes the shorter side to a given length, keeping the aspect ratio.',
  settings: () => ({
    size: integer(256, { min: 1, max: 65_535 }),
    interpolation: interpolation('bilinear'),
  }),
  create: ({ size, interpolation }) =>
    onImage((image) => {
      const { width, height } = shorterTo(image, size);
      if (image.width === width && image.height === height) return image;
      const whole = { left: 0, top: 0, width: image.width, height: image.height };
      return resample(image, whole, width, height, interpolation);
    }),
  // A center crop that follows is not folded into the window: its edges would fall between stored pixels, and the result
  // would differ from resizing first, which is how models were evaluated.
  opening: ({ size, interpolation }) => ({
    window: (stored) => {
      const out = shorterTo(stored, size);
      const { width, height } = stored;
      return { left: 0, top: 0, width, height, outWidth: out.width, outHeight: out.height, interpolation };
    },
  }),
});

function shorterTo({ width, height }: ImageSize, size: number): ImageSize {
  if (width <= height) return { width: size, height: Math.floor((size * height) / width) };
  return { width: Math.floor((size * width) / height), height: size };
}
