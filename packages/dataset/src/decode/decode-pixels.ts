import { type Image, PodiumError } from '@podium/core';
import type { ImageSource } from '../manifest/types.ts';
import { parsePixelNumbers } from './parse-pixel-numbers.ts';

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
    source.kind === 'raw'
      ? Uint8Array.from(bytes)
      : parsePixelNumbers(bytes, width * height * channels, source);
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

/** An image of three channels in gray. */
export function grayOf({ width, height, data }: Image): Image {
  return { width, height, channels: 1, data: convert(data, 3, 1) };
}

/** ITU-R 601, in the integers that Pillow uses for mode L. */
function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}
