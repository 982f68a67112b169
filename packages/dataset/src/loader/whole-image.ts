import type { ImageTransform } from '@podium/core';

/** The whole image, resized to `[height, width]`, ignoring the aspect ratio. */
export function wholeImage([outHeight, outWidth]: readonly [number, number]): ImageTransform {
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
