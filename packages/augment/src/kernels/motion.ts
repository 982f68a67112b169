import type { Image } from '@podium/core';
import { padImage } from './pad.ts';

/** An offset in pixels, to the right and down. */
export type Offset = readonly [x: number, y: number];

const LANES = 0x00ff00ff;

/** For each pixel, the mean of the pixels at `offsets` (at most 257) from it; edge pixels are repeated. */
export function meanOf(image: Image, offsets: readonly Offset[]): Image {
  const { width, height, channels } = image;
  const reach = offsets.reduce((max, [x, y]) => Math.max(max, Math.abs(x), Math.abs(y)), 0);
  if (reach === 0) return image;
  // Rows of whole words, in four copies shifted by one byte each: as in blur, four bytes are summed at a time.
  const padded = padImage(image, { top: reach, right: reach, bottom: reach, left: reach }, 'edge', [0]);
  const span = width * channels;
  const words = Math.ceil(span / 4);
  const stride = padded.width * channels;
  const rowWords = Math.ceil(stride / 4) + 1;
  const copyWords = rowWords * padded.height;
  const copies = new Int32Array(4 * copyWords + words);
  const bytes = new Uint8Array(copies.buffer);
  for (let s = 0; s < 4; s++) {
    for (let y = 0; y < padded.height; y++) {
      const row = padded.data.subarray(y * stride + s, (y + 1) * stride);
      bytes.set(row, (s * copyWords + y * rowWords) * 4);
    }
  }
  const places = Int32Array.from(offsets, ([x, y]) => {
    const byte = (reach + x) * channels;
    return (byte % 4) * copyWords + (reach + y) * rowWords + (byte >> 2);
  });
  const out = new Uint8Array(image.data.length);
  const line = new Uint8Array(words * 4);
  const share = Math.ceil(65536 / offsets.length);
  const half = offsets.length >> 1;
  for (let y = 0; y < height; y++) {
    const row = y * rowWords;
    for (let i = 0; i < words; i++) {
      let even = 0;
      let odd = 0;
      for (let t = 0; t < places.length; t++) {
        const word = copies[places[t]! + row + i]!;
        even = (even + (word & LANES)) | 0;
        odd = (odd + ((word >>> 8) & LANES)) | 0;
      }
      line[4 * i] = Math.imul((even & 0xffff) + half, share) >>> 16;
      line[4 * i + 1] = Math.imul((odd & 0xffff) + half, share) >>> 16;
      line[4 * i + 2] = Math.imul((even >>> 16) + half, share) >>> 16;
      line[4 * i + 3] = Math.imul((odd >>> 16) + half, share) >>> 16;
    }
    out.set(line.subarray(0, span), y * span);
  }
  return { width, height, channels, data: out };
}
