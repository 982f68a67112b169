import type { Image } from '@podium/core';
import { inPieces, pixelKernels, TABLES } from './pixels.ts';

/** How often each level occurs: 256 counts per channel. */
export function histograms({ data, channels }: Image): Uint32Array[] {
  const counts = Array.from({ length: channels }, () => new Uint32Array(256));
  const simd = pixelKernels();
  if (channels === 3 && simd) {
    new Uint8Array(simd.memory.buffer, TABLES, 3 * 1024).fill(0);
    inPieces(simd, data, undefined, (at, end) => simd.count(at, end, TABLES));
    const words = new Uint32Array(simd.memory.buffer, TABLES, 3 * 256);
    return counts.map((_, channel) => words.slice(256 * channel, 256 * (channel + 1)));
  }
  if (channels === 3) {
    const [red, green, blue] = counts as [Uint32Array, Uint32Array, Uint32Array];
    for (let i = 0; i + 2 < data.length; i += 3) {
      const r = data[i]!;
      const g = data[i + 1]!;
      const b = data[i + 2]!;
      red[r] = red[r]! + 1;
      green[g] = green[g]! + 1;
      blue[b] = blue[b]! + 1;
    }
    return counts;
  }
  for (let i = 0; i < data.length; i++) {
    const count = counts[i % channels] as Uint32Array;
    const level = data[i]!;
    count[level] = count[level]! + 1;
  }
  return counts;
}

/** Mean of PIL's gray image, rounded as in `ImageEnhance.Contrast`. */
export function meanGray({ data, channels }: Image): number {
  let sum = 0;
  if (channels === 3) {
    const simd = pixelKernels();
    // The rest of the last eight is for below.
    const done = simd === undefined ? 0 : data.length - (data.length % 24);
    if (simd && done > 0) {
      inPieces(simd, data.subarray(0, done), undefined, (at, end) => {
        sum += simd.sumGray(at, end);
      });
    }
    for (let i = done; i + 2 < data.length; i += 3) {
      sum += (data[i]! * 19595 + data[i + 1]! * 38470 + data[i + 2]! * 7471 + 0x8000) >> 16;
    }
    return Math.trunc(sum / (data.length / 3) + 0.5);
  }
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return Math.trunc(sum / data.length + 0.5);
}

/** The smallest and the largest level of each channel. */
export function extremes({ data, channels }: Image): [lowest: number, highest: number][] {
  const found = Array.from({ length: channels }, (): [number, number] => [255, 0]);
  const widen = (channel: number, low: number, high: number) => {
    const pair = found[channel]!;
    if (low < pair[0]) pair[0] = low;
    if (high > pair[1]) pair[1] = high;
  };
  const simd = pixelKernels();
  const done = simd === undefined || 48 % channels !== 0 ? 0 : data.length - (data.length % 48);
  if (simd && done > 0) {
    inPieces(simd, data.subarray(0, done), undefined, (at, end) => {
      simd.extremes(at, end, TABLES);
      const bytes = new Uint8Array(simd.memory.buffer, TABLES, 96);
      for (let i = 0; i < 48; i++) widen(i % channels, bytes[i]!, bytes[48 + i]!);
    });
  }
  for (let i = done; i < data.length; i++) widen(i % channels, data[i]!, data[i]!);
  return found;
}
