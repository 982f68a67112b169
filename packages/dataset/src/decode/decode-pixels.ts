import { type Image, PodiumError } from '@podium/core';
import type { ImageSource } from '../manifest/types.ts';

type PixelSource = Exclude<ImageSource, { readonly kind: 'file' }>;

/**
 * Decodes raw pixels: bytes, or numbers 0..255 as text; `[H,W,C]` with C 1 or 3.
 * @throws PodiumError `image-damaged` for text with other content, `image-format` for other numbers of channels
 */
export function decodePixels(bytes: Uint8Array, source: PixelSource, mode: 'rgb' | 'gray'): Image {
  const { width, height, channels } = source;
  if (channels !== 1 && channels !== 3) {
    throw new PodiumError({
      code: 'image-format',
      path: { file: source.path },
      message: 'raw pixels have one or three channels',
      expected: ['1', '3'],
      got: String(channels),
    });
  }
  const data =
    source.kind === 'raw' ? Uint8Array.from(bytes) : parseNumbers(bytes, width * height * channels, source);
  const wanted = mode === 'gray' ? 1 : 3;
  return { width, height, channels: wanted, data: convert(data, channels, wanted) };
}

function convert(data: Uint8Array, from: number, to: number): Uint8Array {
  if (from === to) return data;
  const count = data.length / from;
  const out = new Uint8Array(count * to);
  for (let i = 0; i < count; i++) {
    if (from === 1) out.fill(data[i]!, i * 3, i * 3 + 3);
    else out[i] = luma(data[i * 3]!, data[i * 3 + 1]!, data[i * 3 + 2]!);
  }
  return out;
}

/** ITU-R 601, in the integers that Pillow uses for mode L. */
function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

const COMMA = 44;
const ZERO = 48;

function parseNumbers(bytes: Uint8Array, count: number, source: PixelSource): Uint8Array {
  const out = new Uint8Array(count);
  let at = 0;
  let value = -1;
  for (let i = 0; i <= bytes.length; i++) {
    const byte = i === bytes.length ? COMMA : bytes[i]!;
    if (byte === COMMA) {
      if (value < 0 || value > 255 || at >= count) break;
      out[at++] = value;
      value = -1;
      if (i === bytes.length && at === count) return out;
    } else if (byte >= ZERO && byte <= ZERO + 9) {
      value = (value < 0 ? 0 : value * 10) + byte - ZERO;
      if (value > 255) break;
    } else if (byte !== 32 && byte !== 13 && byte !== 10) {
      break;
    }
  }
  throw new PodiumError({
    code: 'image-damaged',
    path: { file: source.path },
    message: `the row at byte ${source.offset} is not an image`,
    expected: `${count} whole numbers from 0 to 255, separated by commas`,
    got: `${at} numbers, then "${Buffer.from(bytes.subarray(0, 40)).toString('latin1')}..."`,
    fix: 'correct the table, or its width, height and channels',
  });
}
