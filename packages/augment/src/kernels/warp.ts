import type { Image } from '@podium/core';
import type { Affine } from './affine.ts';
import { intoCopy, pixelKernels } from './pixels.ts';

/** What lies outside an image: one color, the image reflected at its edge pixels, or its edge pixels repeated. */
export type Border = 'constant' | 'reflect' | 'edge';

export interface Sampling {
  readonly interpolation: 'nearest' | 'bilinear';
  readonly border: Border;
  /** One value per channel, or one for all. */
  readonly fill: readonly number[];
}

export function sameSampling(a: Sampling, b: Sampling): boolean {
  if (a === b) return true;
  return (
    a.interpolation === b.interpolation &&
    a.border === b.border &&
    a.fill.length === b.fill.length &&
    a.fill.every((value, i) => value === b.fill[i])
  );
}

/** Fractional bits of coordinates: integers in steps of 1/2048 pixel, up to a million pixels. */
export const FRACTION_BITS = 11;
const ONE: number = 1 << FRACTION_BITS;
const MASK = ONE - 1;
const HALF = ONE / 2;
const ROUND = 1 << (2 * FRACTION_BITS - 1);
const FARTHEST = 900_000 * ONE;

/** Writes the sources of the pixels of row `y`: x and y times 2048, with the image's corner at (0, 0). */
export type RowOfSources = (y: number, xs: Int32Array, ys: Int32Array) => void;

/** A coordinate in pixels as a fixed-point integer for `RowOfSources`. */
export function fixed(coordinate: number): number {
  return Math.max(-FARTHEST, Math.min(Math.floor(coordinate * ONE), FARTHEST)) | 0;
}

/**
 * Warps `image` by an affine map from the result, which has the same size, to the source.
 * @param reuse whether the result may overwrite the image's buffer
 */
export function warpAffine(image: Image, matrix: Affine, sampling: Sampling, reuse: boolean): Image {
  const [a, b, c, d, e, f] = matrix.map((value) => value * ONE) as unknown as Affine;
  const { width } = image;
  const reach = Math.max(...matrix.map(Math.abs)) * (width + image.height + 1);
  const safe = reach < 900_000;
  const fast =
    safe && image.channels === 3 ? withSimd(image, [a, b, c, d, e, f], sampling, reuse) : undefined;
  if (fast) return fast;
  return remap(
    image,
    (y, xs, ys) => {
      const x0 = b * (y + 0.5) + c + a * 0.5;
      const y0 = e * (y + 0.5) + f + d * 0.5;
      if (!safe) {
        for (let x = 0; x < width; x++) {
          xs[x] = fixed((x0 + a * x) / ONE);
          ys[x] = fixed((y0 + d * x) / ONE);
        }
        return;
      }
      for (let x = 0; x < width; x++) {
        xs[x] = Math.floor(x0 + a * x);
        ys[x] = Math.floor(y0 + d * x);
      }
    },
    sampling,
  );
}

/**
 * The same in SIMD, row by row. Along a row both coordinates are monotonic, so the pixels with all neighbors inside the
 * image are one interval, and so are the pixels inside the image. `matrix` is times 2048.
 */
function withSimd(
  image: Image,
  [a, b, c, d, e, f]: Affine,
  sampling: Sampling,
  reuse: boolean,
): Image | undefined {
  const simd = pixelKernels();
  if (simd === undefined) return undefined;
  const { width, height } = image;
  const rowBytes = 3 * width;
  const edge = edgeSampler(image, sampling);
  const nearby = sampling.interpolation === 'nearest';
  const sample = nearby ? simd.nearest : simd.bilinear;
  const margin = nearby ? 0 : HALF;
  const [red, green, blue] = fillOf(sampling.fill, 3) as [number, number, number];
  const rows = (source: number, target: number, bytes: Uint8Array) => {
    for (let y = 0; y < height; y++) {
      const x0 = b * (y + 0.5) + c + a * 0.5;
      const y0 = e * (y + 0.5) + f + d * 0.5;
      const row = target + y * rowBytes;
      const [left, right] = stretch(x0, a, margin, width, 0, width);
      const [first, end] = stretch(y0, d, margin, height, left, right);
      if (end > first) sample(source, rowBytes, row + 3 * first, first, end, x0, y0, a, d);
      let [from, to] = [0, width];
      if (sampling.border === 'constant') {
        [from, to] = stretch(x0, a, 0, width, 0, width);
        [from, to] = stretch(y0, d, 0, height, from, to);
        paint(bytes, row, row + 3 * from, red, green, blue);
        paint(bytes, row + 3 * to, row + rowBytes, red, green, blue);
      }
      for (let x = from; x < to; x++) {
        if (x === first) x = end;
        if (x < to) edge(Math.floor(x0 + a * x), Math.floor(y0 + d * x), bytes, row + 3 * x);
      }
    }
  };
  const data = intoCopy(simd, image.data, 0, rows, reuse ? image.data : undefined);
  return data && { ...image, data };
}

function paint(bytes: Uint8Array, from: number, to: number, red: number, green: number, blue: number): void {
  if (red === green && green === blue) bytes.fill(red, from, to);
  else {
    for (let i = from; i < to; i += 3) {
      bytes[i] = red;
      bytes[i + 1] = green;
      bytes[i + 2] = blue;
    }
  }
}

/**
 * The interval of i in [from, to) where `start + step * i`, rounded down, lies on an axis of `length` pixels, at least
 * `margin` from its ends. Coordinates along a row are monotonic, so it is a single interval.
 */
function stretch(
  start: number,
  step: number,
  margin: number,
  length: number,
  from: number,
  to: number,
): readonly [first: number, end: number] {
  const [low, high] = [margin, length * ONE - margin];
  if (step === 0) return start >= low && start < high ? [from, to] : [from, from];
  const [near, far] = step > 0 ? [low, high] : [high, low];
  const up = step > 0;
  let first = Math.max(from, Math.min(Math.ceil((near - start) / step), to));
  let end = Math.max(from, Math.min(Math.ceil((far - start) / step), to));
  // Division and multiplication round differently.
  while (first > from && reaches(start + step * (first - 1), near, up)) first--;
  while (first < to && !reaches(start + step * first, near, up)) first++;
  while (end > from && reaches(start + step * (end - 1), far, up)) end--;
  while (end < to && !reaches(start + step * end, far, up)) end++;
  return [first, Math.max(first, end)];
}

/** Whether an increasing coordinate is at or above a whole number, or a decreasing one below it. */
function reaches(coordinate: number, bound: number, grows: boolean): boolean {
  return grows ? coordinate >= bound : coordinate < bound;
}

/**
 * Samples `image` at the sources that `rowOfSources` writes; the result has the same size. Bilinear sampling blends the
 * four pixels around a point; at the edge, the edge pixel replaces its missing neighbor, as in PIL.
 */
export function remap(image: Image, rowOfSources: RowOfSources, sampling: Sampling): Image {
  const { width, height, channels } = image;
  const data = new Uint8Array(image.data.length);
  const xs = new Int32Array(width);
  const ys = new Int32Array(width);
  const edge = edgeSampler(image, sampling);
  const row = sampling.interpolation === 'nearest' ? nearestRow : channels === 3 ? bilinearRow3 : bilinearRow;
  for (let y = 0; y < height; y++) {
    rowOfSources(y, xs, ys);
    row(image, xs, ys, data, y * width * channels, edge);
  }
  return { width, height, channels, data };
}

/** Writes the pixel at fixed-point (x, y), counted from pixel corners, inside or outside the image. */
type EdgeSampler = (x: number, y: number, out: Uint8Array, at: number) => void;

function nearestRow(
  image: Image,
  xs: Int32Array,
  ys: Int32Array,
  out: Uint8Array,
  start: number,
  edge: EdgeSampler,
): void {
  const { width, height, channels, data } = image;
  let at = start;
  for (let i = 0; i < xs.length; i++, at += channels) {
    const x = xs[i]! >> FRACTION_BITS;
    const y = ys[i]! >> FRACTION_BITS;
    if (x >>> 0 >= width || y >>> 0 >= height) {
      edge(xs[i]!, ys[i]!, out, at);
      continue;
    }
    const from = Math.imul(Math.imul(y, width) + x, channels);
    for (let channel = 0; channel < channels; channel++) out[at + channel] = data[from + channel]!;
  }
}

function bilinearRow3(
  image: Image,
  xs: Int32Array,
  ys: Int32Array,
  out: Uint8Array,
  start: number,
  edge: EdgeSampler,
): void {
  const { width, height, data } = image;
  const lastX = width - 1;
  const lastY = height - 1;
  const stride = width * 3;
  let at = start;
  for (let i = 0; i < xs.length; i++, at += 3) {
    const sx = (xs[i]! - HALF) | 0;
    const sy = (ys[i]! - HALF) | 0;
    const x = sx >> FRACTION_BITS;
    const y = sy >> FRACTION_BITS;
    if (x >>> 0 >= lastX || y >>> 0 >= lastY) {
      edge(xs[i]!, ys[i]!, out, at);
      continue;
    }
    const fx = sx & MASK;
    const fy = sy & MASK;
    const gx = ONE - fx;
    const gy = ONE - fy;
    const p = Math.imul(y, stride) + Math.imul(x, 3);
    const q = p + stride;
    // Products stay below 255 * 2^22, so everything fits in 31 bits.
    out[at] =
      (Math.imul(Math.imul(data[p]!, gx) + Math.imul(data[p + 3]!, fx), gy) +
        Math.imul(Math.imul(data[q]!, gx) + Math.imul(data[q + 3]!, fx), fy) +
        ROUND) >>
      (2 * FRACTION_BITS);
    out[at + 1] =
      (Math.imul(Math.imul(data[p + 1]!, gx) + Math.imul(data[p + 4]!, fx), gy) +
        Math.imul(Math.imul(data[q + 1]!, gx) + Math.imul(data[q + 4]!, fx), fy) +
        ROUND) >>
      (2 * FRACTION_BITS);
    out[at + 2] =
      (Math.imul(Math.imul(data[p + 2]!, gx) + Math.imul(data[p + 5]!, fx), gy) +
        Math.imul(Math.imul(data[q + 2]!, gx) + Math.imul(data[q + 5]!, fx), fy) +
        ROUND) >>
      (2 * FRACTION_BITS);
  }
}

function bilinearRow(
  image: Image,
  xs: Int32Array,
  ys: Int32Array,
  out: Uint8Array,
  start: number,
  edge: EdgeSampler,
): void {
  const { width, height, channels, data } = image;
  const stride = width * channels;
  let at = start;
  for (let i = 0; i < xs.length; i++, at += channels) {
    const sx = (xs[i]! - HALF) | 0;
    const sy = (ys[i]! - HALF) | 0;
    const x = sx >> FRACTION_BITS;
    const y = sy >> FRACTION_BITS;
    if (x >>> 0 >= width - 1 || y >>> 0 >= height - 1) {
      edge(xs[i]!, ys[i]!, out, at);
      continue;
    }
    const p = Math.imul(y, stride) + Math.imul(x, channels);
    for (let c = p; c < p + channels; c++) {
      out[at + c - p] = mix(
        data[c]!,
        data[c + channels]!,
        data[c + stride]!,
        data[c + stride + channels]!,
        sx & MASK,
        sy & MASK,
      );
    }
  }
}

function mix(a: number, b: number, c: number, d: number, fx: number, fy: number): number {
  const gx = ONE - fx;
  const upper = Math.imul(a, gx) + Math.imul(b, fx);
  const lower = Math.imul(c, gx) + Math.imul(d, fx);
  return (Math.imul(upper, ONE - fy) + Math.imul(lower, fy) + ROUND) >> (2 * FRACTION_BITS);
}

/** Index of the pixel at position `i`, inside or outside an axis of `length` pixels. */
export function borderIndex(i: number, length: number, border: Border): number {
  if (i >= 0 && i < length) return i;
  if (border !== 'reflect' || length === 1) return i < 0 ? 0 : length - 1;
  const period = 2 * (length - 1);
  const folded = ((i % period) + period) % period;
  return folded < length ? folded : period - folded;
}

function edgeSampler(image: Image, { interpolation, border, fill }: Sampling): EdgeSampler {
  const { width, height, channels, data } = image;
  const color = fillOf(fill, channels);
  const shift = interpolation === 'nearest' ? 0 : HALF;
  return (px, py, out, at) => {
    const outside = px < 0 || py < 0 || px >= width * ONE || py >= height * ONE;
    if (border === 'constant' && outside) {
      for (let channel = 0; channel < channels; channel++) out[at + channel] = color[channel]!;
      return;
    }
    const sx = px - shift;
    const sy = py - shift;
    const left = borderIndex(sx >> FRACTION_BITS, width, border) * channels;
    const right = borderIndex((sx >> FRACTION_BITS) + 1, width, border) * channels;
    const top = borderIndex(sy >> FRACTION_BITS, height, border) * width * channels;
    const bottom = borderIndex((sy >> FRACTION_BITS) + 1, height, border) * width * channels;
    const fx = shift === 0 ? 0 : sx & MASK;
    const fy = shift === 0 ? 0 : sy & MASK;
    for (let channel = 0; channel < channels; channel++) {
      out[at + channel] = mix(
        data[top + left + channel]!,
        data[top + right + channel]!,
        data[bottom + left + channel]!,
        data[bottom + right + channel]!,
        fx,
        fy,
      );
    }
  };
}

/** One value per channel: `fill` itself, or its only value repeated; for gray images, the mean of a color. */
export function fillOf(fill: readonly number[], channels: number): number[] {
  if (fill.length === channels) return [...fill];
  const mean = Math.round(fill.reduce((sum, value) => sum + value, 0) / fill.length);
  return new Array<number>(channels).fill(mean);
}
