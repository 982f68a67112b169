import type { Image } from '@podium/core';
import { type Border, borderIndex, fillOf } from './warp.ts';

export interface Margins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** The image with margins: one color, the image reflected at its edge pixels, or its edge pixels repeated. */
export function padImage(image: Image, margins: Margins, border: Border, fill: readonly number[]): Image {
  const { width, height, channels, data } = image;
  const outWidth = width + margins.left + margins.right;
  const outHeight = height + margins.top + margins.bottom;
  const out = new Uint8Array(outWidth * outHeight * channels);
  const color = fillOf(fill, channels);
  if (border === 'constant' && color.some((value) => value !== 0)) {
    for (let i = 0; i < out.length; i++) out[i] = color[i % channels]!;
  }
  const stride = outWidth * channels;
  for (let y = 0; y < outHeight; y++) {
    const row = y - margins.top;
    if (border === 'constant' && (row < 0 || row >= height)) continue;
    const from = borderIndex(row, height, border) * width * channels;
    const to = y * stride;
    out.set(data.subarray(from, from + width * channels), to + margins.left * channels);
    if (border === 'constant') continue;
    for (let x = -margins.left; x < width + margins.right; x++) {
      if (x === 0) x = width;
      if (x === width + margins.right) break;
      const source = from + borderIndex(x, width, border) * channels;
      const target = to + (x + margins.left) * channels;
      for (let c = 0; c < channels; c++) out[target + c] = data[source + c]!;
    }
  }
  return { width: outWidth, height: outHeight, channels, data: out };
}

/** Margins that extend an image to at least `height` x `width`, with the image in the center. */
export function marginsTo(image: Image, height: number, width: number): Margins {
  const x = Math.max(0, width - image.width);
  const y = Math.max(0, height - image.height);
  const [left, top] = [Math.floor(x / 2), Math.floor(y / 2)];
  return { top, right: x - left, bottom: y - top, left };
}
