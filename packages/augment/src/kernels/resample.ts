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
  readonly size: number;
  /** For each place of the result, the first source place and the number of them. */
  readonly bounds: Int32Array;
  /** `size` coefficients for each place of the result. */
  readonly coefficients: Int32Array;
}

function weights({ support: radius, at }: Filter, inSize: number, outSize: number): Weights {
  const scale = inSize / outSize;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const size = Math.ceil(support) * 2 + 1;
  const bounds = new Int32Array(outSize * 2);
  const coefficients = new Int32Array(outSize * size);
  const row = new Float64Array(size);
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
    for (let j = 0; j < count; j++) {
      const share = ((row[j] as number) / sum) * (1 << PRECISION);
      coefficients[i * size + j] = Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
    }
    bounds[2 * i] = first;
    bounds[2 * i + 1] = count;
  }
  return { size, bounds, coefficients };
}

function horizontal(
  data: Uint8Array,
  start: number,
  stride: number,
  rows: number,
  channels: number,
  { size, bounds, coefficients }: Weights,
): Uint8Array {
  const outWidth = bounds.length / 2;
  const bytes = new Uint8Array(outWidth * channels * rows);
  const out = new Uint8ClampedArray(bytes.buffer);
  let to = 0;
  for (let y = 0; y < rows; y++) {
    const rowStart = start + y * stride;
    for (let x = 0; x < outWidth; x++) {
      const from = rowStart + (bounds[2 * x] as number) * channels;
      const count = bounds[2 * x + 1] as number;
      const first = x * size;
      if (channels === 3) {
        let red = HALF;
        let green = HALF;
        let blue = HALF;
        for (let j = 0, p = from; j < count; j++, p += 3) {
          const weight = coefficients[first + j] as number;
          red = (red + Math.imul(weight, data[p] as number)) | 0;
          green = (green + Math.imul(weight, data[p + 1] as number)) | 0;
          blue = (blue + Math.imul(weight, data[p + 2] as number)) | 0;
        }
        out[to] = red >> PRECISION;
        out[to + 1] = green >> PRECISION;
        out[to + 2] = blue >> PRECISION;
      } else {
        for (let channel = 0; channel < channels; channel++) {
          let sum = HALF;
          for (let j = 0; j < count; j++) {
            const value = data[from + j * channels + channel] as number;
            sum = (sum + Math.imul(coefficients[first + j] as number, value)) | 0;
          }
          out[to + channel] = sum >> PRECISION;
        }
      }
      to += channels;
    }
  }
  return bytes;
}

function vertical(
  data: Uint8Array,
  start: number,
  stride: number,
  length: number,
  { size, bounds, coefficients }: Weights,
): Uint8Array {
  const outHeight = bounds.length / 2;
  const bytes = new Uint8Array(length * outHeight);
  const out = new Uint8ClampedArray(bytes.buffer);
  const sums = new Int32Array(length);
  for (let y = 0; y < outHeight; y++) {
    const count = bounds[2 * y + 1] as number;
    sums.fill(HALF);
    for (let j = 0; j < count; j++) {
      const weight = coefficients[y * size + j] as number;
      const from = start + ((bounds[2 * y] as number) + j) * stride;
      for (let i = 0; i < length; i++) {
        sums[i] = (sums[i] as number) + Math.imul(weight, data[from + i] as number);
      }
    }
    const to = y * length;
    for (let i = 0; i < length; i++) out[to + i] = (sums[i] as number) >> PRECISION;
  }
  return bytes;
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
