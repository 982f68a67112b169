import type { Image, ImageSize, Rng } from '@podium/core';
import { marginsTo, padImage } from '../kernels/pad.ts';
import { type Box, crop } from '../kernels/resample.ts';
import { choice, color, size as sizeField } from '../settings/fields.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** A box of `size` at a random place; smaller images are padded first (torchvision `RandomCrop`). */
export const randomCrop: TransformEntry = defineTransform({
  name: 'randomCrop',
  summary: 'Crops a box of a given size at a random place.',
  settings: {
    size: sizeField(224),
    border: choice(['constant', 'reflect', 'edge'], 'constant'),
    fill: color(0),
  },
  create: ({ size: [height, width], border, fill }) =>
    onImage((image, rng) => {
      const padded = padImageTo(image, height, width, border, fill);
      return crop(padded, randomPlace(padded, height, width, rng));
    }),
  opening: ({ size: [height, width], border, fill }) => ({
    window: (stored, rng) => {
      const box = randomPlace(stored, height, width, rng);
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

function randomPlace(picture: ImageSize, height: number, width: number, rng: Rng): Box {
  const boxHeight = Math.min(height, picture.height);
  const boxWidth = Math.min(width, picture.width);
  const top = rng.int(picture.height - boxHeight + 1);
  const left = rng.int(picture.width - boxWidth + 1);
  return { left, top, width: boxWidth, height: boxHeight };
}
