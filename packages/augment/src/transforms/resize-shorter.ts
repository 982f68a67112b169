import type { ImageSize } from '@podium/core';
import { resample } from '../kernels/resample.ts';
import { choice, integer } from '../settings/fields.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/**
 * Resizes so that the shorter side has `size` pixels and the shape stays; the longer side is rounded down (torchvision
 * `Resize` with one number).
 */
export const resizeShorter: TransformEntry = defineTransform({
  name: 'resizeShorter',
  summary: 'Resizes the shorter side to a given length, keeping the shape.',
  settings: {
    size: integer(256, { min: 1, max: 65_535 }),
    interpolation: choice(['nearest', 'bilinear', 'bicubic', 'lanczos3'], 'bilinear'),
  },
  create: ({ size, interpolation }) =>
    onImage((image) => {
      const { width, height } = shorterTo(image, size);
      if (image.width === width && image.height === height) return image;
      const whole = { left: 0, top: 0, width: image.width, height: image.height };
      return resample(image, whole, width, height, interpolation);
    }),
  // A crop in the middle that follows is not pushed into the window: its edges would fall between stored pixels, and
  // the result would no longer be that of resizing first, which is how models were evaluated.
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
