import type { Image } from '@podium/core';
import { exponential } from '../portable-math.ts';
import { borderIndex } from './warp.ts';

/*
 * Four bytes at a time: bytes 0 and 2 of a 32-bit word occupy two 16-bit lanes, bytes 1 and 3 another two. Weights of 8
 * bits that sum to 256 keep each lane below 65536, so one multiplication processes two bytes.
 */
const LANES = 0x00ff00ff;
const ROUND = 0x00800080;

/** Weights of the center and of each pair of neighbors outward, `w0 + 2 (w1 + w2 + ...) = 256`. */
export type HalfKernel = readonly number[];

/**
 * A Gaussian of `sigma` pixels over `2 * radius + 1` pixels, in 1/256. Rounding errors are carried outward, so that the
 * sum is exact and no weight is off by more than 1/256.
 */
export function gaussianKernel(sigma: number, radius: number): HalfKernel {
  const raw = Array.from({ length: radius + 1 }, (_, i) =>
    exponential(Math.max(-700, (-i * i) / (2 * sigma * sigma))),
  );
  const sum = raw.reduce((total, value, i) => total + (i === 0 ? value : 2 * value), 0);
  const kernel: number[] = [];
  let owed = 0;
  for (let i = radius; i >= 1; i--) {
    const exact = (raw[i]! / sum) * 256 + owed;
    kernel[i] = Math.round(exact);
    owed = exact - kernel[i]!;
  }
  kernel[0] = 256 - 2 * kernel.reduce((total, value) => total + value, 0);
  while (kernel.length > 1 && kernel.at(-1) === 0) kernel.pop();
  return kernel;
}

/** Blurs along rows, then along columns, with reflected edges. */
export function blur(image: Image, kernel: HalfKernel): Image {
  if (kernel.length === 1) return image;
  const { width, height, channels, data } = image;
  const radius = kernel.length - 1;
  const stride = width * channels;
  const words = Math.ceil(stride / 4);
  const rows = blurredRows(image, kernel, words);
  const out = new Uint8Array(data.length);
  const line = new Int32Array(words);
  const bytes = new Uint8Array(line.buffer, 0, stride);
  const [befores, afters] = [new Int32Array(radius), new Int32Array(radius)];
  for (let y = 0; y < height; y++) {
    for (let i = 1; i <= radius; i++) {
      befores[i - 1] = borderIndex(y - i, height, 'reflect') * words;
      afters[i - 1] = borderIndex(y + i, height, 'reflect') * words;
    }
    weigh(rows, y * words, befores, afters, kernel, line, 0, words);
    out.set(bytes, y * stride);
  }
  return { width, height, channels, data: out };
}

/** Each row blurred, and padded to `words` words. */
function blurredRows(image: Image, kernel: HalfKernel, words: number): Int32Array {
  const { width, height, channels, data } = image;
  const radius = kernel.length - 1;
  const stride = width * channels;
  const margin = radius * channels;
  const copyWords = words + Math.ceil((2 * margin) / 4) + 2;
  // Word w of copy s holds the bytes from 4 w + s on, so that a neighbor at any distance is an aligned word.
  const copies = new Int32Array(4 * copyWords);
  const copyBytes = new Uint8Array(copies.buffer);
  const extended = new Uint8Array(stride + 2 * margin);
  const place = (offset: number) => (offset % 4) * copyWords + (offset >> 2);
  const befores = Int32Array.from({ length: radius }, (_, i) => place((radius - i - 1) * channels));
  const afters = Int32Array.from({ length: radius }, (_, i) => place((radius + i + 1) * channels));
  const middle = place(margin);
  const rows = new Int32Array(height * words);
  const edges = [];
  for (let x = -radius; x < 0; x++) edges.push([x, borderIndex(x, width, 'reflect')] as const);
  for (let x = width; x < width + radius; x++) edges.push([x, borderIndex(x, width, 'reflect')] as const);
  for (let y = 0; y < height; y++) {
    const row = y * stride;
    extended.set(data.subarray(row, row + stride), margin);
    for (const [x, source] of edges) {
      for (let c = 0; c < channels; c++) {
        extended[margin + x * channels + c] = data[row + source * channels + c]!;
      }
    }
    for (let s = 0; s < 4; s++) copyBytes.set(s === 0 ? extended : extended.subarray(s), s * copyWords * 4);
    weigh(copies, middle, befores, afters, kernel, rows, y * words, words);
  }
  return rows;
}

/** `to[i] = w0 from[middle + i] + sum of w_t (from[befores_t + i] + from[afters_t + i])`, bytewise. */
function weigh(
  from: Int32Array,
  middle: number,
  befores: Int32Array,
  afters: Int32Array,
  kernel: HalfKernel,
  to: Int32Array,
  start: number,
  count: number,
): void {
  const first = kernel[0]!;
  const weights = Int32Array.from(kernel.slice(1));
  for (let i = 0; i < count; i++) {
    const word = from[middle + i]!;
    let even = (Math.imul(word & LANES, first) + ROUND) | 0;
    let odd = (Math.imul((word >>> 8) & LANES, first) + ROUND) | 0;
    for (let t = 0; t < weights.length; t++) {
      const a = from[befores[t]! + i]!;
      const b = from[afters[t]! + i]!;
      const weight = weights[t]!;
      even = (even + Math.imul((a & LANES) + (b & LANES), weight)) | 0;
      odd = (odd + Math.imul(((a >>> 8) & LANES) + ((b >>> 8) & LANES), weight)) | 0;
    }
    to[start + i] = ((even >>> 8) & LANES) | (odd & ~LANES);
  }
}
