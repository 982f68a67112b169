import { type Image, type Interpolation, resample as resampleImage } from '@podium/core';

/** A box in an image, in whole pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The part of `image` inside `box`, resized with antialiasing; the same bytes as PIL's `crop(...).resize(...)`. */
export function resample(
  image: Image,
  { left, top, width, height }: Box,
  outWidth: number,
  outHeight: number,
  interpolation: Interpolation,
): Image {
  const box = { left, top, right: left + width, bottom: top + height };
  return resampleImage(image, box, outWidth, outHeight, interpolation);
}

/** The part of `image` inside `box`. */
export function crop(image: Image, box: Box): Image {
  return resample(image, box, box.width, box.height, 'nearest');
}
