import type { Image, ImageSize, Rng } from '@podium/core';
import { marginsTo, padImage } from '../kernels/pad.ts';
import { type Box, crop } from '../kernels/resample.ts';
import { border, color, imageSize } from '../settings/pixels.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** Crops `size` at a random position; smaller images are padded first (torchvision `RandomCrop`). */
export const randomCrop: TransformEntry = defineTransform({
  name: 'randomCrop',
  summary: 'Crops a given size at a random position.',
  settings: () => ({
    size: imageSize(224),
    border: border(),
    fill: color(0),
  }),
  create: ({ size: [height, width], border, fill }) =>
    onImage((image, rng) => {
      const padded = padImageTo(image, height, width, border, fill);
      return crop(padded, randomBox(padded, height, width, rng));
    }),
  opening: ({ size: [height, width], border, fill }) => ({
    window: (stored, rng) => {
      const box = randomBox(stored, height, width, rng);
      return { ...box, outWidth: box.width, outHeight: box.height, interpolation: 'nearest' };
    },
    rest: onImage((image) => padImageTo(image, height, width, border, fill)),
  }),
});

function padImageTo(
  image: Image,
  height: number,
  width: number,
  ...how: [border: 'constant' | 'reflect' | 'edge', fill: readonly number[]]
): Image {
  if (image.width >= width && image.height >= height) return image;
  return padImage(image, marginsTo(image, height, width), ...how);
}

function randomBox(image: ImageSize, height: number, width: number, rng: Rng): Box {
  const boxHeight = Math.min(height, image.height);
  const boxWidth = Math.min(width, image.width);
  const top = rng.int(image.height - boxHeight + 1);
  const left = rng.int(image.width - boxWidth + 1);
  return { left, top, width: boxWidth, height: boxHeight };
}
