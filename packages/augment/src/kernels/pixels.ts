import { bytesOf, simdKernels, type WasmMemory } from '@podium/core';
import { PIXELS_WASM } from './pixels-wasm.ts';

/** Addresses are byte offsets in the memory; pixels.wat documents each kernel. */
interface PixelKernels {
  readonly memory: WasmMemory;
  readonly saturate: (at: number, end: number, whole: number, part: number) => void;
  readonly sumGray: (at: number, end: number) => number;
  readonly turnHue: (at: number, end: number, turn: number) => void;
  readonly extremes: (at: number, end: number, target: number) => void;
  readonly lookUp: (at: number, end: number, first: number, second: number, third: number) => void;
  readonly count: (at: number, end: number, tables: number) => void;
  readonly mirror: (source: number, target: number, rowBytes: number, rows: number) => void;
  readonly sharpen: (
    source: number,
    target: number,
    rowBytes: number,
    rows: number,
    sums: number,
    whole: number,
    part: number,
  ) => void;
  readonly bilinear: Sampler;
  readonly nearest: Sampler;
}

type Sampler = (
  source: number,
  rowBytes: number,
  target: number,
  first: number,
  end: number,
  x0: number,
  y0: number,
  dx: number,
  dy: number,
) => void;

/** Undefined on machines without SIMD. */
export const pixelKernels: () => PixelKernels | undefined = simdKernels<PixelKernels>(PIXELS_WASM);

/** Room for tables, before the pixels. */
export const TABLES = 1024;
const PIXELS = 8192;
/** Room around the pixels, since kernels read and write past their ends. */
const SLACK = 64;
/** Bytes processed at once: whole pixels, whole groups of 48. Fits into the L2 cache of a core. */
const PIECE = 48 * 4096;
/** Larger images are processed in JavaScript, so that a thread's memory stays small. */
const LARGEST = 2 ** 24;

/**
 * Passes the bytes to `work` piece by piece and writes the results into `out`, which may be `data` itself.
 * @param work gets addresses; all pieces but the last are whole groups of 48 bytes
 */
export function inPieces(
  { memory }: PixelKernels,
  data: Uint8Array,
  out: Uint8Array | undefined,
  work: (at: number, end: number) => void,
): void {
  const bytes = bytesOf(memory, PIXELS + Math.min(data.length, PIECE) + SLACK);
  for (let from = 0; from < data.length; from += PIECE) {
    const length = Math.min(PIECE, data.length - from);
    bytes.set(length === data.length ? data : data.subarray(from, from + length), PIXELS);
    work(PIXELS, PIXELS + length);
    out?.set(bytes.subarray(PIXELS, PIXELS + length), from);
  }
}

/**
 * Passes a whole image and room for another to `work`, and returns the other; undefined if the image is too large.
 * @param extra bytes of additional room, at `extraAt`
 * @param out where the result goes; may be `data` itself
 */
export function intoCopy(
  { memory }: PixelKernels,
  data: Uint8Array,
  extra: number,
  work: (source: number, target: number, bytes: Uint8Array, extraAt: number) => void,
  out?: Uint8Array,
): Uint8Array | undefined {
  if (data.length > LARGEST) return undefined;
  const source = PIXELS;
  const target = (source + data.length + 2 * SLACK) & ~15;
  const extraAt = (target + data.length + 2 * SLACK) & ~15;
  const bytes = bytesOf(memory, extraAt + extra + SLACK);
  bytes.set(data, source);
  work(source, target, bytes, extraAt);
  if (out === undefined) return bytes.slice(target, target + data.length);
  out.set(bytes.subarray(target, target + data.length));
  return out;
}

/** A share as the kernels take it; undefined if they would overflow. */
export function splitShare(share: number): { whole: number; part: number } | undefined {
  const whole = Math.floor((share + 32768) / 65536);
  return Math.abs(whole) <= 100 ? { whole, part: share - whole * 65536 } : undefined;
}
