import type { Image, ImageSize, ReadWindow } from '@podium/core';
import { hashValue } from '@podium/core';
import sharp from 'sharp';
import {
  type DecodeOptions,
  type DecodeSettings,
  decodeBytes,
  decodeSettings,
} from '../decode/decode-image.ts';
import type { ImageSource } from '../manifest/types.ts';

/** The whole image at the cache's size: what is stored, and what is used if nothing is stored. */
export function decodeAtWorkingSize(
  bytes: Uint8Array,
  source: ImageSource,
  decode: DecodeOptions,
  shorterSide: number,
): Promise<Image> {
  return decodeBytes(bytes, source, { ...decode, window: (size) => workingWindow(size, shorterSide) });
}

function workingWindow({ width, height }: ImageSize, shorterSide: number): ReadWindow | undefined {
  const shorter = Math.min(width, height);
  if (shorter <= shorterSide) return undefined;
  const scaled = (side: number) => Math.max(1, Math.round((side * shorterSide) / shorter));
  return {
    left: 0,
    top: 0,
    width,
    height,
    outWidth: scaled(width),
    outHeight: scaled(height),
    interpolation: 'bilinear',
  };
}

/**
 * Hash of everything that determines the stored pixels of a file. Codecs change pixels between versions. The native JPEG decoder
 * is not part of it, since it gives the same pixels as sharp.
 */
export function cacheKey(decode: DecodeSettings, shorterSide: number): string {
  const { sharp: binding, vips, mozjpeg, lcms } = sharp.versions as Record<string, string | undefined>;
  return hashValue({
    format: 2,
    decode: decodeSettings(decode),
    shorterSide,
    versions: [binding, vips, mozjpeg, lcms].map((version) => version ?? ''),
  });
}
