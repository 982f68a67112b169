import type { Image } from '@podium/core';
import { forwardDct, inverseDct, SCALES } from './dct.ts';

/** The standard tables of ITU T.81, annex K: luminance and chrominance at quality 50. */
const LUMINANCE: readonly number[] = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMINANCE: readonly number[] = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/**
 * The image after JPEG compression at this quality (1 to 100, libjpeg's scale): chroma at half size, and quantized 8x8
 * blocks. Only the losses are computed; no file is written.
 */
export function compress(image: Image, quality: number): Image {
  const { width, height, channels, data } = image;
  if (channels !== 3) {
    const plane = newPlane(width, height);
    for (let y = 0; y < plane.height; y++) {
      const row = Math.min(y, height - 1) * width;
      for (let x = 0; x < plane.width; x++) {
        plane.data[y * plane.width + x] = data[(row + Math.min(x, width - 1)) * channels]! - 128;
      }
    }
    quantize(plane, LUMINANCE, quality);
    const out = new Uint8ClampedArray(data.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = plane.data[y * plane.width + x]! + 128;
        for (let c = 0; c < channels; c++) out[(y * width + x) * channels + c] = value;
      }
    }
    return { ...image, data: new Uint8Array(out.buffer) };
  }
  const half = [Math.ceil(width / 2), Math.ceil(height / 2)] as const;
  const luma = newPlane(width, height);
  const blue = newPlane(...half);
  const red = newPlane(...half);
  split(image, luma, blue, red);
  quantize(luma, LUMINANCE, quality);
  quantize(blue, CHROMINANCE, quality);
  quantize(red, CHROMINANCE, quality);
  return join(image, luma, blue, red);
}

interface Plane {
  /** A multiple of eight. */
  readonly width: number;
  readonly height: number;
  /** The part that the image covers. */
  readonly usedWidth: number;
  readonly usedHeight: number;
  readonly data: Float32Array;
}

function newPlane(usedWidth: number, usedHeight: number): Plane {
  const width = Math.ceil(usedWidth / 8) * 8;
  const height = Math.ceil(usedHeight / 8) * 8;
  return { width, height, usedWidth, usedHeight, data: new Float32Array(width * height) };
}

/** RGB to YCbCr (ITU T.871), minus 128; chroma is the mean of 2x2 pixels; the last row and column are repeated. */
function split({ width, height, data }: Image, luma: Plane, blue: Plane, red: Plane): void {
  for (let y = 0; y < luma.height; y++) {
    const row = Math.min(y, height - 1) * width * 3;
    const to = y * luma.width;
    for (let x = 0; x < luma.width; x++) {
      const p = row + (x < width ? x : width - 1) * 3;
      // Rounded like the samples of a JPEG file: this decides on which side of a quantization step a value falls.
      luma.data[to + x] = ((0.299 * data[p]! + 0.587 * data[p + 1]! + 0.114 * data[p + 2]! + 0.5) | 0) - 128;
    }
  }
  for (let y = 0; y < blue.height; y++) {
    const upper = Math.min(2 * y, height - 1) * width * 3;
    const lower = Math.min(2 * y + 1, height - 1) * width * 3;
    const to = y * blue.width;
    for (let x = 0; x < blue.width; x++) {
      const left = Math.min(2 * x, width - 1) * 3;
      const right = Math.min(2 * x + 1, width - 1) * 3;
      const a = upper + left;
      const b = upper + right;
      const c = lower + left;
      const d = lower + right;
      const r = data[a]! + data[b]! + data[c]! + data[d]!;
      const g = data[a + 1]! + data[b + 1]! + data[c + 1]! + data[d + 1]!;
      const bl = data[a + 2]! + data[b + 2]! + data[c + 2]! + data[d + 2]!;
      blue.data[to + x] = Math.floor((-0.168736 * r - 0.331264 * g + 0.5 * bl) / 4 + 0.5);
      red.data[to + x] = Math.floor((0.5 * r - 0.418688 * g - 0.081312 * bl) / 4 + 0.5);
    }
  }
}

function quantize({ width, height, data }: Plane, base: readonly number[], quality: number): void {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  const steps = new Float64Array(64);
  const shares = new Float64Array(64);
  for (let i = 0; i < 64; i++) {
    const step = Math.max(1, Math.min(255, Math.floor((base[i]! * percent + 50) / 100)));
    const scale = SCALES[i >> 3]! * SCALES[i & 7]!;
    shares[i] = 1 / (step * scale * 8);
    steps[i] = (step * scale) / 8;
  }
  const block = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      const start = top * width + left;
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) block[8 * y + x] = data[start + y * width + x]!;
      }
      forwardDct(block);
      for (let i = 0; i < 64; i++) {
        const level = Math.floor(block[i]! * shares[i]! + 0.5);
        block[i] = level * steps[i]!;
      }
      inverseDct(block);
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) data[start + y * width + x] = block[8 * y + x]!;
      }
    }
  }
}

/** YCbCr to RGB; chroma is upsampled with weights of 3/4 and 1/4 along each axis, like libjpeg's "fancy" upsampling. */
function join(image: Image, luma: Plane, blue: Plane, red: Plane): Image {
  const { width, height, channels } = image;
  const bytes = new Uint8Array(image.data.length);
  const out = new Uint8ClampedArray(bytes.buffer);
  const blueRow = new Float32Array(blue.width);
  const redRow = new Float32Array(blue.width);
  const lastX = blue.usedWidth - 1;
  let to = 0;
  for (let y = 0; y < height; y++) {
    const near = (y >> 1) * blue.width;
    const far = Math.max(0, Math.min((y >> 1) + ((y & 1) === 0 ? -1 : 1), blue.usedHeight - 1)) * blue.width;
    for (let x = 0; x <= lastX; x++) {
      blueRow[x] = blue.data[near + x]! * 0.75 + blue.data[far + x]! * 0.25;
      redRow[x] = red.data[near + x]! * 0.75 + red.data[far + x]! * 0.25;
    }
    const row = y * luma.width;
    for (let x = 0; x < width; x++, to += 3) {
      const here = x >> 1;
      const step = here + ((x & 1) === 0 ? -1 : 1);
      const there = step < 0 ? 0 : step > lastX ? lastX : step;
      const cb = blueRow[here]! * 0.75 + blueRow[there]! * 0.25;
      const cr = redRow[here]! * 0.75 + redRow[there]! * 0.25;
      const base = luma.data[row + x]! + 128;
      out[to] = base + 1.402 * cr;
      out[to + 1] = base - 0.344136 * cb - 0.714136 * cr;
      out[to + 2] = base + 1.772 * cb;
    }
  }
  return { width, height, channels, data: bytes };
}
