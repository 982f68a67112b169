import type { Image } from '@podium/core';
import { intoCopy, pixelKernels, splitShare } from './pixels.ts';

/**
 * PIL's `ImageEnhance.Sharpness`: a blend with the image smoothed by [1 1 1; 1 5 1; 1 1 1] / 13 (below 1 softer, above
 * 1 sharper). The outermost pixels stay as they are.
 */
export function sharpness(image: Image, factor: number): Image {
  const { width, height, channels, data } = image;
  if (width < 3 || height < 3) return { ...image, data: data.slice() };
  const stride = width * channels;
  const share = Math.round(factor * 65536);
  const fast = channels === 3 ? withSimd(image, share) : undefined;
  if (fast) return { ...image, data: fast };
  const bytes = data.slice();
  const out = new Uint8ClampedArray(bytes.buffer);
  // Sums of three rows, so that each row is added once, not once per column.
  const sums = new Int32Array(stride);
  for (let y = 1; y < height - 1; y++) {
    const row = y * stride;
    for (let i = 0; i < stride; i++) {
      sums[i] = data[row - stride + i]! + data[row + i]! + data[row + stride + i]!;
    }
    for (let i = channels; i < stride - channels; i++) {
      const value = data[row + i]!;
      const sum = sums[i - channels]! + sums[i]! + sums[i + channels]! + 4 * value;
      // Divides by 13 and rounds; exact for sums up to 255 * 13.
      const smooth = Math.imul(sum * 2 + 13, 40330) >>> 20;
      out[row + i] = ((smooth << 16) + Math.imul(share, value - smooth)) >> 16;
    }
  }
  return { width, height, channels, data: bytes };
}

function withSimd({ width, height, channels, data }: Image, share: number): Uint8Array | undefined {
  const simd = pixelKernels();
  const split = splitShare(share);
  if (simd === undefined || split === undefined) return undefined;
  const stride = width * channels;
  return intoCopy(simd, data, 2 * stride + 64, (source, target, bytes, sums) => {
    simd.sharpen(source, target, stride, height, sums, split.whole, split.part);
    const keep = (from: number, length: number) =>
      bytes.copyWithin(target + from, source + from, source + from + length);
    keep(0, stride);
    keep((height - 1) * stride, stride);
    // The last pixel of a row and the first of the next are adjacent in memory.
    for (let y = 1; y < height; y++) keep(y * stride - channels, 2 * channels);
  });
}
