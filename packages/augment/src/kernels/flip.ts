import type { Image } from '@podium/core';
import { intoCopy, pixelKernels } from './pixels.ts';

export function flipHorizontally(image: Image): Image {
  const { width, height, channels, data } = image;
  const stride = width * channels;
  const simd = channels === 3 ? pixelKernels() : undefined;
  const fast =
    simd && intoCopy(simd, data, 0, (source, target) => simd.mirror(source, target, stride, height));
  if (fast) return { width, height, channels, data: fast };
  const out = new Uint8Array(data.length);
  for (let start = 0; start < data.length; start += stride) {
    let from = start + stride - channels;
    if (channels === 3) {
      for (let to = start; to < start + stride; to += 3, from -= 3) {
        out[to] = data[from]!;
        out[to + 1] = data[from + 1]!;
        out[to + 2] = data[from + 2]!;
      }
      continue;
    }
    for (let to = start; to < start + stride; to += channels, from -= channels) {
      for (let channel = 0; channel < channels; channel++) out[to + channel] = data[from + channel]!;
    }
  }
  return { width, height, channels, data: out };
}

export function flipVertically(image: Image): Image {
  const { width, height, channels, data } = image;
  const out = new Uint8Array(data.length);
  const stride = width * channels;
  for (let y = 0; y < height; y++) {
    out.set(data.subarray(y * stride, (y + 1) * stride), (height - 1 - y) * stride);
  }
  return { width, height, channels, data: out };
}

/** Swaps rows and columns: `[H,W,C] -> [W,H,C]`. */
export function transposeImage(image: Image): Image {
  const { width, height, channels, data } = image;
  const out = new Uint8Array(data.length);
  const stride = height * channels;
  // Tiles keep both the rows read and the rows written in the L1 cache.
  const tile = 16;
  for (let top = 0; top < height; top += tile) {
    const bottom = Math.min(top + tile, height);
    for (let left = 0; left < width; left += tile) {
      const right = Math.min(left + tile, width);
      for (let y = top; y < bottom; y++) {
        let from = (y * width + left) * channels;
        let to = left * stride + y * channels;
        for (let x = left; x < right; x++, from += channels, to += stride) {
          for (let c = 0; c < channels; c++) out[to + c] = data[from + c]!;
        }
      }
    }
  }
  return { width: height, height: width, channels, data: out };
}

/** Rotates counterclockwise by `quarters` * 90 degrees, as `numpy.rot90` does. */
export function rotateQuarters(image: Image, quarters: number): Image {
  const { width, height, channels, data } = image;
  if (quarters % 4 === 0) return image;
  if (quarters % 4 === 1) return flipVertically(transposeImage(image));
  if (quarters % 4 === 3) return transposeImage(flipVertically(image));
  const out = new Uint8Array(data.length);
  for (let from = 0, to = data.length - channels; to >= 0; from += channels, to -= channels) {
    for (let channel = 0; channel < channels; channel++) out[to + channel] = data[from + channel]!;
  }
  return { width, height, channels, data: out };
}
