import type { ImageSize } from '@podium/core';
import { marginsTo, padImage } from '../kernels/pad.ts';
import { type Box, crop } from '../kernels/resample.ts';
import { border, color, imageSize } from '../settings/pixels.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** Crops `size` from the middle; smaller images are padded (torchvision `CenterCrop`, including its rounding). */
export const centerCrop: TransformEntry = defineTransform({
  name: 'centerCrop',
  summary: 'Crops a given size from the middle.',
  settings: () => ({
    size: imageSize(224),
    border: border(),
    fill: color(0),
  }),
  create: ({ size: [height, width], border, fill }) =>
    onImage((image) => {
      const short = image.width < width || image.height < height;
      const padded = short ? padImage(image, marginsTo(image, height, width), border, fill) : image;
      return crop(padded, centerBox(padded, height, width));
    }),
  opening: ({ size: [height, width], border, fill }) => ({
    window: (stored) => {
      const box = centerBox(stored, height, width);
      return { ...box, outWidth: box.width, outHeight: box.height, interpolation: 'nearest' };
    },
    rest: onImage((image) => {
      const short = image.width < width || image.height < height;
      return short ? padImage(image, marginsTo(image, height, width), border, fill) : image;
    }),
  }),
});

/** The box of this size in the middle of an image, or as much of it as there is. */
export function centerBox(image: ImageSize, height: number, width: number): Box {
  const boxHeight = Math.min(height, image.height);
  const boxWidth = Math.min(width, image.width);
  return {
    left: halfToEven(image.width - boxWidth),
    top: halfToEven(image.height - boxHeight),
    width: boxWidth,
    height: boxHeight,
  };
}

/** n / 2, rounded half to even, as Python's `round` does. */
function halfToEven(n: number): number {
  return n % 4 === 3 ? (n + 1) / 2 : Math.floor(n / 2);
}
