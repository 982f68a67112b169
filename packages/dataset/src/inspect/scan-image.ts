import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { hashBytes, PodiumError } from '@podium/core';
import sharp, { type Metadata } from 'sharp';
import { decodePnm, readPnmHeader } from '../decode/decode-pnm.ts';
import {
  DEEP_COST,
  extentOf,
  isDeep,
  readDeepPixels,
  scaleToBytes,
  type ValueExtent,
} from '../decode/deep-pixels.ts';
import { DECODABLE, type FoundFormat, formatLabel, formatOf } from '../decode/file-format.ts';
import { decodeJpegRows } from '../decode/jpeg-decoder.ts';
import { readJpegHeader } from '../decode/jpeg-header.ts';
import { parsePixelNumbers } from '../decode/parse-pixel-numbers.ts';
import { withPixels } from '../decode/pixel-budget.ts';
import { type FailOn, readIntact } from '../decode/read-intact.ts';
import { giveScratch, takeScratch } from '../decode/scratch.ts';
import { CIELAB, PHOTOMETRIC, tiffTag } from '../decode/tiff-tag.ts';
import type { ImageSource } from '../manifest/types.ts';
import type { ValueRange } from './choose-range.ts';
import { signatureOf } from './signature.ts';

/** In seconds. Normal images within the limits never take this long, but malicious ones might. */
const MAX_DECODE_SECONDS = 120;

/** A fault that makes an image unusable. */
export interface ImageFault {
  readonly kind: 'empty' | 'unreadable' | 'truncated' | 'unsupported' | 'too-large';
  /** A clause, such as `has no bytes`. */
  readonly message: string;
}

/** Properties of an image file. */
export interface ImageScan {
  readonly fault?: ImageFault;
  /** By content; undefined for pixels inside other files. */
  readonly format?: FoundFormat;
  readonly width?: number;
  readonly height?: number;
  /** `srgb`, `b-w`, `cmyk`, ... in libvips' terms. */
  readonly space?: string;
  /** `uchar` is 8 bits per channel, `ushort` 16. */
  readonly depth?: string;
  readonly alpha?: boolean;
  readonly palette?: boolean;
  /** Pages or frames; only the first is used. */
  readonly pages?: number;
  /** EXIF orientation: 1 is upright, others are rotated or mirrored. */
  readonly orientation?: number;
  /** What is wrong with the file, although the image is whole; a clause after `has`. */
  readonly oddity?: string;
  /** Whether the decoder has to ignore warnings to show the image. */
  readonly lenient?: true;
  /** What is wrong with a damaged image of which the rest is used. */
  readonly damage?: string;
  /** Of an image with more than 8 bits per channel: its values. */
  readonly extent?: ValueExtent;
  /** The values that become black and white, if they are not all that the type can hold. */
  readonly range?: ValueRange;
  /** SHA-256 of size and upright sRGB pixels: the same for an image in any lossless format. */
  readonly pixels?: string;
  /** A summary of its appearance; see `signatureOf`. */
  readonly signature?: Uint8Array;
}

export interface ScanLimits {
  readonly maxPixels: number;
  readonly maxBytes: number;
}

export interface ScanSettings extends ScanLimits {
  /** Whether no other image is decoded at the same time: only then are messages of libvips those of this image. */
  readonly alone?: boolean | undefined;
  /** Whether what is left of damaged images is used. */
  readonly damaged?: 'drop' | 'use' | undefined;
  /**
   * How images with more than 8 bits per channel are scaled, given their type. Without it they are only measured, and have
   * no `pixels` and `signature`.
   */
  readonly rangeOf?: ((scan: ImageScan) => ValueRange | undefined) | undefined;
}

/** Not to wait for a pipe. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Scans one image, decoding it once. Never throws because of a file's content.
 * @throws PodiumError only for inconsistent sources
 */
export async function scanImage(
  root: string,
  source: ImageSource,
  settings: ScanSettings,
): Promise<ImageScan> {
  const file = await open(join(root, source.path), FLAGS).catch((error: NodeJS.ErrnoException) => error);
  if (file instanceof Error)
    return { fault: { kind: 'unreadable', message: `cannot be opened (${file.code})` } };
  try {
    if (source.kind === 'file') return await scanFile(file, source, settings);
    return await scanPart(file, source);
  } catch (error) {
    if (error instanceof PodiumError) throw error;
    return { fault: { kind: 'unreadable', message: clause(error) } };
  } finally {
    await file.close();
  }
}

async function scanFile(
  file: FileHandle,
  source: Extract<ImageSource, { kind: 'file' }>,
  settings: ScanSettings,
): Promise<ImageScan> {
  const status = await file.stat();
  if (!status.isFile()) return { fault: { kind: 'unreadable', message: 'is not a file' } };
  if (status.size === 0) return { fault: { kind: 'empty', message: 'has no bytes' } };
  if (status.size > settings.maxBytes) {
    return { fault: { kind: 'too-large', message: `has ${status.size} bytes (limit ${settings.maxBytes})` } };
  }
  const bytes = await file.readFile();
  const format = formatOf(bytes, source.path);
  if (!DECODABLE.has(format))
    return { format, fault: { kind: 'unsupported', message: `is ${formatLabel(format)}` } };
  if (format === 'pnm') {
    const { width = 0, height = 0 } = readPnmHeader(bytes) ?? {};
    return withPixels(width * height, async () => scanPnm(bytes, settings));
  }
  return scanEncoded(bytes, format, source, settings);
}

/** Scans a file that libvips decodes. */
async function scanEncoded(
  bytes: Uint8Array,
  format: FoundFormat,
  source: Extract<ImageSource, { kind: 'file' }>,
  settings: ScanSettings,
): Promise<ImageScan> {
  const plain = await scanJpeg(bytes, settings);
  if (plain !== undefined) return plain;
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { ...OPTIONS, failOn: 'none' }).metadata();
  } catch (error) {
    // libvips reads L*a*b* only in floats.
    const isLab = format === 'tiff' && tiffTag(bytes, PHOTOMETRIC) === CIELAB;
    return {
      format,
      fault: isLab
        ? { kind: 'unsupported', message: 'is TIFF in CIE L*a*b*' }
        : { kind: 'unreadable', message: clause(error) },
    };
  }
  const scan: ImageScan = { format, ...properties(metadata) };
  const { width, height } = metadata;
  if (width * height > settings.maxPixels)
    return { ...scan, fault: tooLarge(width, height, settings.maxPixels) };
  const decode = (whole: Uint8Array, failOn: FailOn) =>
    decodeFile(whole, failOn, { scan, metadata, source, settings });
  return withPixels((isDeep(metadata) ? DEEP_COST : 1) * width * height, async () => {
    try {
      const { value, fault } = await readIntact(bytes, decode);
      return { ...scan, ...value, ...(fault !== undefined && { oddity: fault }) };
    } catch (error) {
      const message = clause(error);
      const rest = await decode(bytes, 'none').catch(() => undefined);
      if (rest === undefined) return { ...scan, fault: { kind: 'unreadable', message } };
      if (settings.alone && STRAY.test(message) && (await hasOneWarning(bytes)))
        return { ...scan, ...rest, oddity: 'bytes after its data', lenient: true };
      return settings.damaged === 'use'
        ? { ...scan, ...rest, damage: message, lenient: true }
        : { ...scan, fault: { kind: 'truncated', message } };
    }
  });
}

/** A JPEG that the native decoder accepts, and whose header tells all its properties. */
async function scanJpeg(bytes: Uint8Array, { maxPixels }: ScanSettings): Promise<ImageScan | undefined> {
  const header = readJpegHeader(bytes);
  if (header === undefined || header.profile !== undefined) return undefined;
  const { width, height, components } = header;
  if (width * height > maxPixels) return undefined;
  return withPixels(width * height, async () => {
    const image = await decodeJpegRows(bytes, header, 3, [0, height], takeScratch);
    if (image === undefined) return undefined;
    const space = components === 1 ? 'b-w' : 'srgb';
    const known = { width, height, space, depth: 'uchar', alpha: false, palette: false, orientation: 1 };
    const pixels = describePixels(image.data, width, height);
    giveScratch(image.data);
    return { format: 'jpeg', ...known, ...pixels };
  });
}

/** libjpeg has read all it needs, and skips the rest. */
const STRAY = /^\(Corrupt JPEG data: \d+ extraneous bytes before marker 0x\w+\)$/;

/** Whether libjpeg, which says only its first warning, has no others. */
async function hasOneWarning(bytes: Uint8Array): Promise<boolean> {
  let most = 0;
  const image = sharp(bytes, { ...OPTIONS, failOn: 'error' });
  image.on('warning', (text: string) => {
    most = Math.max(most, Number(/^read gave (\d+) warnings/.exec(text)?.[1] ?? 0));
  });
  return image
    .raw()
    .toBuffer()
    .then(
      () => most === 1,
      () => false,
    );
}

/** PBM, PGM and PPM, which libvips is built without. */
function scanPnm(bytes: Uint8Array, { maxPixels, damaged }: ScanSettings): ImageScan {
  const format = 'pnm';
  const header = readPnmHeader(bytes);
  if (header === undefined) return { format, fault: { kind: 'unreadable', message: 'has no valid header' } };
  const { width, height, channels, white } = header;
  const space = channels === 1 ? 'b-w' : 'srgb';
  const scan: ImageScan = { format, width, height, space, depth: white < 256 ? 'uchar' : 'ushort' };
  if (width * height > maxPixels) return { ...scan, fault: tooLarge(width, height, maxPixels) };
  const message = 'ends early, or has values that are not in its range';
  const whole = decodePnm(bytes, header, false);
  if (whole === undefined && damaged !== 'use') return { ...scan, fault: { kind: 'truncated', message } };
  const { data } = whole ?? decodePnm(bytes, header, true)!;
  const rgb = channels === 3 ? data : repeated(data, channels);
  return {
    ...scan,
    ...describePixels(rgb, width, height),
    ...(whole === undefined && { damage: message, lenient: true }),
  };
}

function tooLarge(width: number, height: number, maxPixels: number): ImageFault {
  return { kind: 'too-large', message: `is ${width}x${height} pixels (limit ${maxPixels} in total)` };
}

const OPTIONS = { limitInputPixels: false, pages: 1 } as const;

function properties(metadata: Metadata): ImageScan {
  return {
    width: metadata.width,
    height: metadata.height,
    space: metadata.space,
    depth: metadata.depth,
    alpha: metadata.hasAlpha,
    palette: metadata.isPalette === true,
    orientation: metadata.orientation ?? 1,
    ...((metadata.pages ?? 1) > 1 && { pages: metadata.pages! }),
  };
}

interface Scanned {
  readonly scan: ImageScan;
  readonly metadata: Metadata;
  readonly source: Extract<ImageSource, { kind: 'file' }>;
  readonly settings: ScanSettings;
}

async function decodeFile(
  bytes: Uint8Array,
  failOn: FailOn,
  { scan, metadata, source, settings }: Scanned,
): Promise<Pick<ImageScan, 'pixels' | 'signature' | 'extent' | 'range'>> {
  if (!isDeep(metadata)) return decode(bytes, failOn);
  const image = sharp(bytes, { ...OPTIONS, failOn, ignoreIcc: true }).timeout({
    seconds: MAX_DECODE_SECONDS,
  });
  const deep = await readDeepPixels(image, metadata);
  const extent = extentOf(deep);
  const measured = { ...scan, extent };
  const given = source.range ?? settings.rangeOf?.(measured);
  if (given === undefined) {
    return settings.rangeOf === undefined ? { extent } : { extent, ...(await decode(bytes, failOn)) };
  }
  const { width, height, channels } = deep;
  const data = scaleToBytes(deep, given, [128, 128, 128]);
  const rgb = channels === 3 ? data : repeated(data, channels);
  return { extent, range: given, ...describePixels(rgb, width, height) };
}

async function decode(bytes: Uint8Array, failOn: FailOn): Promise<Pick<ImageScan, 'pixels' | 'signature'>> {
  const { data, info } = await sharp(bytes, { ...OPTIONS, failOn })
    .autoOrient()
    .toColorspace('srgb')
    .flatten({ background: '#808080' })
    .timeout({ seconds: MAX_DECODE_SECONDS })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const rgb = info.channels === 3 ? data : repeated(data, info.channels);
  return describePixels(rgb, info.width, info.height);
}

/** Scans pixels inside a larger file, as bytes or text. */
async function scanPart(
  file: FileHandle,
  source: Exclude<ImageSource, { kind: 'file' }>,
): Promise<ImageScan> {
  const { width, height, channels } = source;
  const count = width * height * channels;
  const length = source.kind === 'raw' ? count : source.length;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, source.offset);
  if (bytesRead < length) return { fault: { kind: 'truncated', message: 'ends before its last pixel' } };
  let values: Uint8Array = buffer;
  try {
    if (source.kind === 'text') values = parsePixelNumbers(buffer, count, source);
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    const { expected, got } = error.problem;
    return { fault: { kind: 'unreadable', message: `has ${got} instead of ${expected}` } };
  }
  const rgb = channels === 3 ? values : repeated(values, channels);
  return { width, height, space: channels === 1 ? 'b-w' : 'srgb', ...describePixels(rgb, width, height) };
}

function describePixels(
  rgb: Uint8Array,
  width: number,
  height: number,
): Pick<ImageScan, 'pixels' | 'signature'> {
  return {
    pixels: hashBytes(`${width}x${height}:${hashBytes(rgb)}`),
    signature: signatureOf(rgb, width, height),
  };
}

/** Three channels: a single one repeated, or the first three of several. */
function repeated(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = data[i * channels + (channels < 3 ? 0 : c)]!;
  }
  return rgb;
}

/** The first line of the decoder's message, in brackets. */
function clause(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split('\n').find((part) => !/^Warning treated as error/.test(part)) ?? text;
  return `(${line
    .replace(/^(Input buffer |Vips\w+: |vips\w+: )/, '')
    .trim()
    .slice(0, 160)})`;
}
