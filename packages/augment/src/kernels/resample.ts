import type { Image, Interpolation } from '@podium/core';
import { sineOfDegrees } from '../portable-math.ts';

/** Coefficients are integers with this many binary places, as in PIL. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

interface Filter {
  readonly support: number;
  readonly at: (x: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : sineOfDegrees(180 * x) / (Math.PI * x));

const FILTERS: Readonly<Record<Exclude<Interpolation, 'nearest'>, Filter>> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Catmull-Rom: Keys' cubic with a = -1/2.
  bicubic: {
    support: 2,
    at: (value) => {
      const x = Math.abs(value);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    },
  },
  lanczos3: { support: 3, at: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** A box in a picture, whole pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The part of `image` inside `box`, resized with antialiasing to the byte as PIL's `crop(...).resize(...)` does
 * (libImaging/Resample.c): separable filters widened when shrinking, 22-bit coefficients, columns after rows.
 */
export function resample(
  image: Image,
  box: Box,
  outWidth: number,
  outHeight: number,
  interpolation: Interpolation,
): Image {
  if (interpolation === 'nearest') return nearest(image, box, outWidth, outHeight);
  const filter = FILTERS[interpolation];
  const part: View = { ...box, data: image.data, stride: image.width * image.channels };
  const offset = (box.top * image.width + box.left) * image.channels;
  const { channels } = image;
  let data: Uint8Array = image.data;
  let start = offset;
  let stride = part.stride;
  if (outWidth !== box.width) {
    data = horizontal(data, start, stride, box.height, channels, weights(filter, box.width, outWidth));
    [start, stride] = [0, outWidth * channels];
  }
  if (outHeight !== box.height) {
    data = vertical(data, start, stride, outWidth * channels, weights(filter, box.height, outHeight));
  } else if (data === image.data) {
    data = cropBytes(data, start, stride, outWidth * channels, outHeight);
  }
  return { width: outWidth, height: outHeight, channels, data };
}

interface View extends Box {
  readonly data: Uint8Array;
  readonly stride: number;
}

/** The part of `image` inside `box` as it is. */
export function crop(image: Image, box: Box): Image {
  const { channels } = image;
  const start = (box.top * image.width + box.left) * channels;
  const data = cropBytes(image.data, start, image.width * channels, box.width * channels, box.height);
  return { width: box.width, height: box.height, channels, data };
}

function cropBytes(
  data: Uint8Array,
  start: number,
  stride: number,
  length: number,
  rows: number,
): Uint8Array {
  const out = new Uint8Array(length * rows);
  for (let y = 0; y < rows; y++) {
    const from = start + y * stride;
    out.set(data.subarray(from, from + length), y * length);
  }
  return out;
}

interface Weights {
  /** Coefficients kept for each place of the result. */
  readonly size: number;
  /** Largest number of source places that one place of the result takes in. */
  readonly most: number;
  /** For each place of the result, the first source place and the number of them. */
  readonly bounds: Int32Array;
  /** `size` coefficients for each place of the result. */
  readonly coefficients: Int32Array;
}

function weights({ support: radius, at }: Filter, inSize: number, outSize: number): Weights {
  const scale = inSize / outSize;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const size = Math.max(4, Math.ceil(support) * 2 + 1);
  const bounds = new Int32Array(outSize * 2);
  const coefficients = new Int32Array(outSize * size);
  const row = new Float64Array(size);
  let most = 0;
  for (let i = 0; i < outSize; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(inSize, Math.trunc(center + support + 0.5)) - first;
    let sum = 0;
    for (let j = 0; j < count; j++) {
      const weight = at((j + first - center + 0.5) / stretch);
      row[j] = weight;
      sum += weight;
    }
    // Up to four places are always read as four, with weights of 0 for the rest: those have to lie within the source.
    const start = Math.max(0, Math.min(first, inSize - 4));
    const shift = count <= 4 ? first - start : 0;
    for (let j = 0; j < count; j++) {
      const share = ((row[j] as number) / sum) * (1 << PRECISION);
      coefficients[i * size + shift + j] = Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
    }
    bounds[2 * i] = first - shift;
    bounds[2 * i + 1] = count + shift;
    most = Math.max(most, count + shift);
  }
  return { size, most: inSize < 4 ? 5 : most, bounds, coefficients };
}

function horizontal(
  data: Uint8Array,
  start: number,
  stride: number,
  rows: number,
  channels: number,
  weightsOfRow: Weights,
): Uint8Array {
  const { size, most, bounds, coefficients } = weightsOfRow;
  const outWidth = bounds.length / 2;
  const bytes = new Uint8Array(outWidth * channels * rows);
  const out = new Uint8ClampedArray(bytes.buffer);
  for (let y = 0; y < rows; y++) {
    const row = start + y * stride;
    const to = y * outWidth * channels;
    if (channels === 3 && most <= 4) fourTapRow(data, row, out, to, weightsOfRow);
    else if (channels === 3) colourRow(data, row, out, to, weightsOfRow);
    else {
      for (let x = 0; x < outWidth; x++) {
        const from = row + (bounds[2 * x] as number) * channels;
        const count = bounds[2 * x + 1] as number;
        for (let channel = 0; channel < channels; channel++) {
          let sum = HALF;
          for (let j = 0; j < count; j++) {
            const value = data[from + j * channels + channel] as number;
            sum = (sum + Math.imul(coefficients[x * size + j] as number, value)) | 0;
          }
          out[to + x * channels + channel] = sum >> PRECISION;
        }
      }
    }
  }
  return bytes;
}

function colourRow(
  data: Uint8Array,
  row: number,
  out: Uint8ClampedArray,
  start: number,
  { size, bounds, coefficients }: Weights,
): void {
  const outWidth = bounds.length >> 1;
  for (let x = 0, to = start; x < outWidth; x++, to += 3) {
    let p = row + Math.imul(bounds[2 * x] as number, 3);
    const first = Math.imul(x, size);
    const end = first + (bounds[2 * x + 1] as number);
    let red = HALF;
    let green = HALF;
    let blue = HALF;
    for (let j = first; j < end; j++, p += 3) {
      const weight = coefficients[j] as number;
      red = (red + Math.imul(weight, data[p] as number)) | 0;
      green = (green + Math.imul(weight, data[p + 1] as number)) | 0;
      blue = (blue + Math.imul(weight, data[p + 2] as number)) | 0;
    }
    out[to] = red >> PRECISION;
    out[to + 1] = green >> PRECISION;
    out[to + 2] = blue >> PRECISION;
  }
}

function fourTapRow(
  data: Uint8Array,
  row: number,
  out: Uint8ClampedArray,
  start: number,
  { size, bounds, coefficients }: Weights,
): void {
  const outWidth = bounds.length >> 1;
  for (let x = 0, to = start; x < outWidth; x++, to += 3) {
    const p = row + Math.imul(bounds[2 * x] as number, 3);
    const first = Math.imul(x, size);
    const a = coefficients[first] as number;
    const b = coefficients[first + 1] as number;
    const c = coefficients[first + 2] as number;
    const d = coefficients[first + 3] as number;
    if ((c | d) === 0) {
      out[to] = (HALF + Math.imul(a, data[p] as number) + Math.imul(b, data[p + 3] as number)) >> PRECISION;
      out[to + 1] =
        (HALF + Math.imul(a, data[p + 1] as number) + Math.imul(b, data[p + 4] as number)) >> PRECISION;
      out[to + 2] =
        (HALF + Math.imul(a, data[p + 2] as number) + Math.imul(b, data[p + 5] as number)) >> PRECISION;
      continue;
    }
    out[to] =
      (HALF +
        Math.imul(a, data[p] as number) +
        Math.imul(b, data[p + 3] as number) +
        Math.imul(c, data[p + 6] as number) +
        Math.imul(d, data[p + 9] as number)) >>
      PRECISION;
    out[to + 1] =
      (HALF +
        Math.imul(a, data[p + 1] as number) +
        Math.imul(b, data[p + 4] as number) +
        Math.imul(c, data[p + 7] as number) +
        Math.imul(d, data[p + 10] as number)) >>
      PRECISION;
    out[to + 2] =
      (HALF +
        Math.imul(a, data[p + 2] as number) +
        Math.imul(b, data[p + 5] as number) +
        Math.imul(c, data[p + 8] as number) +
        Math.imul(d, data[p + 11] as number)) >>
      PRECISION;
  }
}

function vertical(
  data: Uint8Array,
  start: number,
  stride: number,
  length: number,
  { size, most, bounds, coefficients }: Weights,
): Uint8Array {
  const outHeight = bounds.length / 2;
  const bytes = new Uint8Array(length * outHeight);
  const out = new Uint8ClampedArray(bytes.buffer);
  const sums = new Int32Array(length);
  for (let y = 0; y < outHeight; y++) {
    const from = start + (bounds[2 * y] as number) * stride;
    const weightsOfPlace = coefficients.subarray(y * size, y * size + (bounds[2 * y + 1] as number));
    if (most <= 4) fourTapColumn(data, from, stride, out, y * length, length, coefficients, y * size);
    else manyTapColumn(data, from, stride, out, y * length, sums, weightsOfPlace);
  }
  return bytes;
}

/** Bilinear enlarging has but two. */
function twoTapColumn(
  data: Uint8Array,
  from: number,
  from2: number,
  out: Uint8ClampedArray,
  to: number,
  length: number,
  a: number,
  b: number,
): void {
  for (let i = 0; i < length; i++) {
    out[to + i] =
      (HALF + Math.imul(a, data[from + i] as number) + Math.imul(b, data[from2 + i] as number)) >> PRECISION;
  }
}

function fourTapColumn(
  data: Uint8Array,
  from: number,
  stride: number,
  out: Uint8ClampedArray,
  to: number,
  length: number,
  coefficients: Int32Array,
  first: number,
): void {
  const two = coefficients[first + 2] === 0 && coefficients[first + 3] === 0;
  if (two) {
    twoTapColumn(
      data,
      from,
      from + stride,
      out,
      to,
      length,
      coefficients[first] as number,
      coefficients[first + 1] as number,
    );
    return;
  }
  const a = coefficients[first] as number;
  const b = coefficients[first + 1] as number;
  const c = coefficients[first + 2] as number;
  const d = coefficients[first + 3] as number;
  const from2 = from + stride;
  const from3 = from2 + stride;
  const from4 = from3 + stride;
  for (let i = 0; i < length; i++) {
    out[to + i] =
      (HALF +
        Math.imul(a, data[from + i] as number) +
        Math.imul(b, data[from2 + i] as number) +
        Math.imul(c, data[from3 + i] as number) +
        Math.imul(d, data[from4 + i] as number)) >>
      PRECISION;
  }
}

/** Two source rows at a time, so that the sums are loaded and stored half as often. */
function manyTapColumn(
  data: Uint8Array,
  start: number,
  stride: number,
  out: Uint8ClampedArray,
  to: number,
  sums: Int32Array,
  weightsOfPlace: Int32Array,
): void {
  const { length } = sums;
  sums.fill(HALF);
  for (let j = 0, from = start; j < weightsOfPlace.length; j += 2, from += 2 * stride) {
    const a = weightsOfPlace[j] as number;
    const paired = j + 1 < weightsOfPlace.length;
    const b = paired ? (weightsOfPlace[j + 1] as number) : 0;
    const second = paired ? from + stride : from;
    for (let i = 0; i < length; i++) {
      sums[i] =
        (sums[i] as number) +
        Math.imul(a, data[from + i] as number) +
        Math.imul(b, data[second + i] as number);
    }
  }
  for (let i = 0; i < length; i++) out[to + i] = (sums[i] as number) >> PRECISION;
}

function nearest(image: Image, box: Box, width: number, height: number): Image {
  const { channels, data } = image;
  const columns = nearestPlaces(box.width, width).map((x) => (box.left + x) * channels);
  const rows = nearestPlaces(box.height, height).map((y) => (box.top + y) * image.width * channels);
  const out = new Uint8Array(width * height * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = rows[y] as number;
    for (let x = 0; x < width; x++) {
      const from = row + (columns[x] as number);
      for (let channel = 0; channel < channels; channel++) out[to++] = data[from + channel] as number;
    }
  }
  return { width, height, channels, data: out };
}

/** The source place of each place of the result. Adds steps up one by one, as PIL does, so that ties fall the same way. */
function nearestPlaces(inSize: number, outSize: number): Int32Array {
  const step = inSize / outSize;
  let place = step * 0.5;
  return Int32Array.from({ length: outSize }, () => {
    const here = Math.min(inSize - 1, Math.floor(place));
    place += step;
    return here;
  });
}
