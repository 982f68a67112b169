import type { Image, Interpolation } from './image.ts';
import { PRECISION, resampleTaps, type Taps } from './resample-taps.ts';
import { RESAMPLE_WASM } from './resample-wasm.ts';
import { bytesOf, simdKernels, type WasmMemory } from './simd.ts';

/** A rectangle of an image, in pixels; fractions are allowed. */
export interface ResampleBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Kernels {
  readonly memory: WasmMemory;
  readonly horizontal1: Horizontal;
  readonly horizontal3: Horizontal;
  readonly vertical: (
    source: number,
    rowBytes: number,
    pixels: number,
    first: number,
    count: number,
    weights: number,
    stride: number,
    target: number,
  ) => void;
}
type Horizontal = (
  source: number,
  rowBytes: number,
  rows: number,
  pixels: number,
  first: number,
  count: number,
  weights: number,
  stride: number,
  target: number,
) => void;

const kernels = simdKernels<Kernels>(RESAMPLE_WASM);

/**
 * Resamples `box` of an image to `width x height`, with antialiasing: `[H,W,C] -> [height,width,C]`, C 1 or 3.
 *
 * Bilinear, bicubic and Lanczos equal Pillow's `Image.resize`, which torchvision and timm use, bit for bit. Runs in
 * WebAssembly, six times as fast as libvips. A box of whole pixels is cropped first, so pixels outside it have no
 * influence (Pillow's `crop(...).resize(...)`); with a fractional box they do (Pillow's `resize(box=...)`).
 * @param out receives the result, `height * width * C` bytes; default: a new array
 */
export function resample(
  image: Image,
  box: ResampleBox,
  width: number,
  height: number,
  interpolation: Interpolation,
  out: Uint8Array = new Uint8Array(width * height * image.channels),
): Image {
  if (isCopy(box, width, height)) copy(image, box, out);
  else if (interpolation === 'nearest') nearest(image, box, width, height, out);
  else filtered(image, box, width, height, interpolation, out);
  return { width, height, channels: image.channels, data: out };
}

function isCopy({ left, top, right, bottom }: ResampleBox, width: number, height: number): boolean {
  return Number.isInteger(left) && Number.isInteger(top) && right - left === width && bottom - top === height;
}

function copy(
  { width, channels, data }: Image,
  { left, top, right, bottom }: ResampleBox,
  out: Uint8Array,
): void {
  const rowBytes = (right - left) * channels;
  for (let y = top; y < bottom; y++) {
    const from = (y * width + left) * channels;
    out.set(data.subarray(from, from + rowBytes), (y - top) * rowBytes);
  }
}

function nearest(image: Image, box: ResampleBox, width: number, height: number, out: Uint8Array): void {
  const { channels, data } = image;
  const columns = nearestPixels(box.left, box.right, image.width, width);
  const rows = nearestPixels(box.top, box.bottom, image.height, height);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * image.width + column) * channels;
      for (let c = 0; c < channels; c++) out[at++] = data[from + c]!;
    }
  }
}

/** The source of each output pixel. Steps are added one by one, as in Pillow, so that ties round the same way. */
function nearestPixels(from: number, to: number, size: number, out: number): Int32Array {
  const whole = Math.floor(from);
  const step = (to - from) / out;
  let position = from - whole + step * 0.5;
  return Int32Array.from({ length: out }, () => {
    const pixel = Math.min(size - 1, whole + Math.floor(position));
    position += step;
    return pixel;
  });
}

function filtered(
  image: Image,
  box: ResampleBox,
  width: number,
  height: number,
  interpolation: Exclude<Interpolation, 'nearest'>,
  out: Uint8Array,
): void {
  const { channels } = image;
  const [across, x0, x1] = stretch(interpolation, image.width, box.left, box.right, width);
  const [down, y0, y1] = stretch(interpolation, image.height, box.top, box.bottom, height);
  const rows = y1 - y0;
  const outRow = width * channels;

  const simd = (channels === 1 || channels === 3) && kernels();
  if (!simd) {
    const narrow = new Uint8Array(rows * outRow);
    for (let y = 0; y < rows; y++) {
      const from = ((y0 + y) * image.width + x0) * channels;
      weigh(image.data, from, channels, channels, across, narrow, y * outRow);
    }
    for (let i = 0; i < outRow; i++) weigh(narrow, i, outRow, 1, down, out, i);
    return;
  }
  // Whole rows can be copied at once, but would be too many bytes around a narrow box.
  const whole = 2 * (x1 - x0) >= image.width;
  const [left, right] = whole ? [0, image.width] : [x0, x1];
  const rowBytes = (right - left) * channels;
  const { memory, horizontal1, horizontal3, vertical } = simd;
  const sizes = [
    tapBytes(across),
    tapBytes(down),
    rows * rowBytes + 16,
    rows * outRow + 16,
    height * outRow + 16,
  ].map((bytes) => (bytes + 15) & ~15);
  const [acrossAt, downAt, sourceAt, middleAt, targetAt, end] = offsets(sizes) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const bytes = bytesOf(memory, end);
  const wide = put(memory, acrossAt, across, channels === 3);
  const high = put(memory, downAt, down, false);
  const start = (y0 * image.width + left) * channels;
  if (whole) bytes.set(image.data.subarray(start, start + rows * rowBytes), sourceAt);
  else {
    for (let y = 0; y < rows; y++) {
      const from = start + y * image.width * channels;
      bytes.set(image.data.subarray(from, from + rowBytes), sourceAt + y * rowBytes);
    }
  }
  const horizontal = channels === 3 ? horizontal3 : horizontal1;
  horizontal(sourceAt + (x0 - left) * channels, rowBytes, rows, width, ...wide, middleAt);
  vertical(middleAt, outRow, height, ...high, targetAt);
  out.set(bytes.subarray(targetAt, targetAt + height * outRow));
}

/**
 * The kernels in JavaScript: `length` values per pixel; sources, and results, are `step` bytes apart.
 */
function weigh(
  source: Uint8Array,
  from: number,
  step: number,
  length: number,
  { first, count, weights, stride }: Taps,
  out: Uint8Array,
  to: number,
): void {
  for (let pixel = 0; pixel < first.length; pixel++) {
    const start = from + first[pixel]! * step;
    for (let c = 0; c < length; c++) {
      let sum = 1 << (PRECISION - 1);
      for (let i = 0; i < count[pixel]!; i++) {
        sum += Math.imul(weights[pixel * stride + i]!, source[start + i * step + c]!);
      }
      out[to + pixel * step + c] = Math.max(0, Math.min(255, sum >> PRECISION));
    }
  }
}

/** The taps of one direction, counted from the first pixel that any of them reads, and the range that they read. */
function stretch(
  interpolation: Exclude<Interpolation, 'nearest'>,
  size: number,
  from: number,
  to: number,
  out: number,
): [taps: Taps, first: number, end: number] {
  if (Number.isInteger(from) && Number.isInteger(to)) {
    return [resampleTaps(interpolation, to - from, 0, to - from, out), from, to];
  }
  const taps = resampleTaps(interpolation, size, from, to, out);
  const last = out - 1;
  const first = taps.first[0]!;
  const end = taps.first[last]! + taps.count[last]!;
  for (let i = 0; i < out; i++) taps.first[i] = taps.first[i]! - first;
  return [taps, first, end];
}

function tapBytes({ first, stride }: Taps): number {
  return 4 * first.length * (2 + stride + 1);
}

function offsets(sizes: readonly number[]): number[] {
  const starts = [1024];
  for (const size of sizes) starts.push(starts.at(-1)! + size);
  return starts;
}

/** @param paired whether to split the weights for two taps at a time, as `horizontal3` takes them */
function put(
  memory: WasmMemory,
  at: number,
  { first, count, weights, stride }: Taps,
  paired: boolean,
): [first: number, count: number, weights: number, stride: number] {
  const pixels = first.length;
  const room = paired ? (stride + 1) & ~1 : stride;
  const words = new Int32Array(memory.buffer, at, pixels * (2 + room));
  words.set(first, 0);
  words.set(count, pixels);
  if (!paired) words.set(weights, 2 * pixels);
  else {
    for (let pixel = 0, to = 2 * pixels; pixel < pixels; pixel++, to += room) {
      const start = pixel * stride;
      const taps = count[pixel]!;
      for (let i = 0; i < taps; i += 2) {
        const a = weights[start + i]!;
        const b = i + 1 < taps ? weights[start + i + 1]! : 0;
        words[to + i] = (a & 0x7fff) | ((b & 0x7fff) << 16);
        words[to + i + 1] = ((a >> 15) & 0xffff) | ((b >> 15) << 16);
      }
    }
  }
  return [at, at + 4 * pixels, at + 8 * pixels, room];
}
