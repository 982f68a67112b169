import type { ImageTransform } from '@podium/core';

/** The whole picture, resized to `[height, width]` without keeping its shape. */
export function wholePicture([outHeight, outWidth]: readonly [number, number]): ImageTransform {
  return {
    window: ({ width, height }) => ({
      left: 0,
      top: 0,
      width,
      height,
      outWidth,
      outHeight,
      interpolation: 'bilinear',
    }),
    apply: (image) => image,
  };
}
