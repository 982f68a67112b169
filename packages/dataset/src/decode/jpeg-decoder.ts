import { createRequire } from 'node:module';
import type { Image } from '@podium/core';
import type { JpegHeader } from './jpeg-header.ts';
import { isSrgbProfile } from './srgb-profile.ts';

/** A native JPEG decoder: an addon, and the library that it gets the decoder from. `jpegDecoder` of `loadEngine` names one. */
export interface JpegDecoderFiles {
  readonly addon: string;
  readonly library: string;
}

interface Addon {
  /** Whether the decoder of the library can be used. */
  open(library: string): boolean;
  /**
   * Decodes some rows; false if the file is damaged, or might be.
   * @param numbers channels, width and height of the image, the first row and the number of rows
   */
  decode(bytes: Uint8Array, pixels: Uint8Array, numbers: Int32Array): Promise<boolean>;
}

let inUse: { readonly files: JpegDecoderFiles; readonly addon: Addon } | undefined;

/**
 * Decodes JPEGs with another decoder than sharp's from now on, in about a third of the time; in loaders that are created later,
 * too. The pixels are the same, and so are the errors: what the decoder does not accept without a warning, sharp decides.
 * @param files undefined for sharp
 * @returns whether it can be used on this system
 *
 * @example
 * const engine = await loadEngine();
 * useJpegDecoder(engine.jpegDecoder);
 */
export function useJpegDecoder(files: JpegDecoderFiles | undefined): boolean {
  inUse = undefined;
  if (files === undefined) return false;
  try {
    const addon = createRequire(import.meta.url)(files.addon) as Addon;
    if (addon.open(files.library)) inUse = { files, addon };
  } catch {
    // Compiled addons may be removed at any time, and can be done without.
  }
  return inUse !== undefined;
}

/** What {@link useJpegDecoder} got, for other threads. */
export function jpegDecoderInUse(): JpegDecoderFiles | undefined {
  return inUse?.files;
}

/**
 * Rows of a JPEG, `[rows,W,channels]`, by the native decoder; undefined if there is none, or sharp has to decide.
 * @param channels 3, or 1 for gray files only: colors become gray in libvips' own way
 */
export async function decodeJpegRows(
  bytes: Uint8Array,
  header: JpegHeader,
  channels: 1 | 3,
  [top, rows]: readonly [top: number, rows: number],
  memory: (bytes: number) => Uint8Array = (size) => new Uint8Array(size),
): Promise<Image | undefined> {
  if (inUse === undefined || !isSuited(bytes, header) || channels < header.components) return undefined;
  const { width, height } = header;
  const data = memory(width * rows * channels);
  const decoded = await inUse.addon.decode(bytes, data, Int32Array.of(channels, width, height, top, rows));
  return decoded ? { width, height: rows, channels, data } : undefined;
}

/**
 * Whether both decoders give the same pixels, apart from damage. Of progressive files that end before their last scan they do
 * not: versions of libjpeg smooth differently what is missing. Many scans can keep a decoder busy for hours; libvips limits them.
 */
function isSuited(bytes: Uint8Array, { usual, turned, profile, ends }: JpegHeader): boolean {
  if (!usual || turned || !ends) return false;
  const { buffer, byteOffset, length } = bytes;
  const all = Buffer.from(buffer, byteOffset, length);
  const scan = all.indexOf(START_OF_SCAN);
  if (all.indexOf(START_OF_SCAN, scan + 1) !== -1) return false;
  const at = all.indexOf(PROFILE);
  if (at === -1) return true;
  const single = profile !== undefined && all.indexOf(PROFILE, at + 1) === -1;
  return single && isSrgbProfile(profile);
}

const START_OF_SCAN = Uint8Array.of(0xff, 0xda);
const PROFILE = 'ICC_PROFILE\0';
