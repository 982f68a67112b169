import type { Image } from '@podium/core';
import { padImage } from './pad.ts';

/** The median of the square of side `2 * radius + 1` around each pixel, per channel; edge pixels are repeated. */
export function median(image: Image, radius: number): Image {
  if (radius === 0) return image;
  const margins = { top: radius, right: radius, bottom: radius, left: radius };
  const padded = padImage(image, margins, 'edge', [0]);
  return radius === 1 ? medianOfNine(image, padded) : slidingMedian(image, padded, radius);
}

/** Sorts each column of three once; the median of nine is the median of (max of lows, median of middles, min of highs). */
function medianOfNine(image: Image, { data, width }: Image): Image {
  const { channels } = image;
  const out = new Uint8Array(image.data.length);
  const stride = width * channels;
  const lows = new Uint8Array(stride);
  const middles = new Uint8Array(stride);
  const highs = new Uint8Array(stride);
  const span = image.width * channels;
  for (let y = 0; y < image.height; y++) {
    const row = y * stride;
    for (let i = 0; i < stride; i++) {
      const a = data[row + i]!;
      const b = data[row + stride + i]!;
      const c = data[row + 2 * stride + i]!;
      const low = smaller(a, b);
      const high = a + b - low;
      const lowest = smaller(low, c);
      const rest = low + c - lowest;
      const middle = smaller(high, rest);
      lows[i] = lowest;
      middles[i] = middle;
      highs[i] = high + rest - middle;
    }
    const to = y * span;
    for (let i = 0, j = channels, k = 2 * channels; i < span; i++, j++, k++) {
      const l = larger(larger(lows[i]!, lows[j]!), lows[k]!);
      const h = smaller(smaller(highs[i]!, highs[j]!), highs[k]!);
      const m = middleOf(middles[i]!, middles[j]!, middles[k]!);
      out[to + i] = middleOf(l, m, h);
    }
  }
  return { ...image, data: out };
}

/* Without branches: on noise, half of the branch predictions fail, which costs more than the arithmetic. */

function smaller(a: number, b: number): number {
  const difference = a - b;
  return b + (difference & (difference >> 31));
}

function larger(a: number, b: number): number {
  const difference = a - b;
  return a - (difference & (difference >> 31));
}

function middleOf(a: number, b: number, c: number): number {
  const low = smaller(a, b);
  return larger(low, smaller(a + b - low, c));
}

/** Huang's algorithm: a histogram of the window slides along the row, and the median follows. */
function slidingMedian(image: Image, { data, width }: Image, radius: number): Image {
  const { channels } = image;
  const out = new Uint8Array(image.data.length);
  const size = 2 * radius + 1;
  const stride = width * channels;
  const half = (size * size - 1) / 2;
  const counts = new Int32Array(256);
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < image.height; y++) {
      counts.fill(0);
      const row = y * stride + channel;
      for (let dy = 0; dy < size; dy++) {
        for (let dx = 0; dx < size; dx++) {
          const value = data[row + dy * stride + dx * channels]!;
          counts[value] = counts[value]! + 1;
        }
      }
      let middle = 0;
      // How many values of the window are below `middle`.
      let below = 0;
      for (let x = 0; ; x++) {
        while (below > half) {
          middle--;
          below -= counts[middle]!;
        }
        while (below + counts[middle]! <= half) {
          below += counts[middle]!;
          middle++;
        }
        out[(y * image.width + x) * channels + channel] = middle;
        if (x + 1 === image.width) break;
        let leaves = row + x * channels;
        for (let dy = 0; dy < size; dy++, leaves += stride) {
          const old = data[leaves]!;
          const next = data[leaves + size * channels]!;
          counts[old] = counts[old]! - 1;
          counts[next] = counts[next]! + 1;
          below += (next < middle ? 1 : 0) - (old < middle ? 1 : 0);
        }
      }
    }
  }
  return { ...image, data: out };
}
