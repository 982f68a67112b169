import type { ImageSize } from '@podium/core';
import { marginsTo, padImage } from '../kernels/pad.ts';
import { type Box, crop } from '../kernels/resample.ts';
import { choice, color, size as sizeField } from '../settings/fields.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** The box of `size` in the middle; smaller images are padded (torchvision `CenterCrop`, its rounding included). */
export const centerCrop: TransformEntry = defineTransform({
  name: 'centerCrop',
  summary: 'Crops the box of a given size in the middle.',
  settings: {
    size: sizeField(224),
    border: choice(['constant', 'reflect', 'edge'], 'constant'),
    fill: color(0),
  },
  create: ({ size: [height, width], border, fill }) =>
    onImage((image) => {
      const short = image.width < width || image.height < height;
      const padded = short ? padImage(image, marginsTo(image, height, width), border, fill) : image;
      return crop(padded, middle(padded, height, width));
    }),
  opening: ({ size: [height, width], border, fill }) => ({
    window: (stored) => {
      const box = middle(stored, height, width);
      return { ...box, outWidth: box.width, outHeight: box.height, interpolation: 'nearest' };
    },
    rest: onImage((image) => {
      const short = image.width < width || image.height < height;
      return short ? padImage(image, marginsTo(image, height, width), border, fill) : image;
    }),
  }),
});

/** The box of this size in the middle of an image, or as much of it as there is. */
export function middle(picture: ImageSize, height: number, width: number): Box {
  const boxHeight = Math.min(height, picture.height);
  const boxWidth = Math.min(width, picture.width);
  return {
    left: halfToEven(picture.width - boxWidth),
    top: halfToEven(picture.height - boxHeight),
    width: boxWidth,
    height: boxHeight,
  };
}

/** n / 2, a half going to the even neighbor, as Python's `round`. */
function halfToEven(n: number): number {
  return n % 4 === 3 ? (n + 1) / 2 : Math.floor(n / 2);
}
