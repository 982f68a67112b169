import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { hashBytes, PodiumError } from '@podium/core';
import sharp, { type Metadata } from 'sharp';
import { DECODABLE, type FoundFormat, formatOf } from '../decode/file-format.ts';
import type { ImageSource } from '../manifest/types.ts';
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
  /** EXIF orientation: 1 is upright, others are rotated or mirrored. */
  readonly orientation?: number;
  /** SHA-256 of size and upright sRGB pixels: the same for an image in any lossless format. */
  readonly pixels?: string;
  /** A summary of its appearance; see `signatureOf`. */
  readonly signature?: Uint8Array;
}

export interface ScanLimits {
  readonly maxPixels: number;
  readonly maxBytes: number;
}

/**
 * Scans one image, decoding it once. Never throws because of a file's content.
 * @throws PodiumError only for inconsistent sources
 */
export async function scanImage(root: string, source: ImageSource, limits: ScanLimits): Promise<ImageScan> {
  const file = await open(join(root, source.path)).catch((error: NodeJS.ErrnoException) => error);
  if (file instanceof Error)
    return { fault: { kind: 'unreadable', message: `cannot be opened (${file.code})` } };
  try {
    if (source.kind === 'file') return await scanFile(file, limits);
    return await scanPart(file, source);
  } catch (error) {
    if (error instanceof PodiumError) throw error;
    return { fault: { kind: 'unreadable', message: clause(error) } };
  } finally {
    await file.close();
  }
}

async function scanFile(file: FileHandle, limits: ScanLimits): Promise<ImageScan> {
  const status = await file.stat();
  if (!status.isFile()) return { fault: { kind: 'unreadable', message: 'is not a file' } };
  if (status.size === 0) return { fault: { kind: 'empty', message: 'has no bytes' } };
  if (status.size > limits.maxBytes) {
    return { fault: { kind: 'too-large', message: `has ${status.size} bytes (limit ${limits.maxBytes})` } };
  }
  const bytes = await file.readFile();
  const format = formatOf(bytes);
  if (!DECODABLE.has(format)) {
    return {
      format,
      fault: { kind: 'unsupported', message: `is ${format === 'unknown' ? 'not an image' : format}` },
    };
  }
  const options = { limitInputPixels: false, pages: 1 } as const;
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { ...options, failOn: 'none' }).metadata();
  } catch (error) {
    return { format, fault: { kind: 'unreadable', message: clause(error) } };
  }
  const scan: ImageScan = { format, ...properties(metadata) };
  const pixels = metadata.width * metadata.height;
  if (pixels > limits.maxPixels) {
    const size = `${metadata.width}x${metadata.height}`;
    return {
      ...scan,
      fault: { kind: 'too-large', message: `is ${size} pixels (limit ${limits.maxPixels} in total)` },
    };
  }
  try {
    return { ...scan, ...(await decode(bytes, { ...options, failOn: 'warning' })) };
  } catch (error) {
    const decoded = await decode(bytes, { ...options, failOn: 'none' }).catch(() => undefined);
    const kind = decoded === undefined ? 'unreadable' : 'truncated';
    return { ...scan, fault: { kind, message: clause(error) } };
  }
}

function properties(metadata: Metadata): ImageScan {
  return {
    width: metadata.width,
    height: metadata.height,
    space: metadata.space,
    depth: metadata.depth,
    alpha: metadata.hasAlpha,
    palette: metadata.isPalette === true,
    orientation: metadata.orientation ?? 1,
  };
}

async function decode(
  bytes: Uint8Array,
  options: Parameters<typeof sharp>[1],
): Promise<Pick<ImageScan, 'pixels' | 'signature'>> {
  const { data, info } = await sharp(bytes, options)
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
  const values = source.kind === 'raw' ? buffer : numbers(buffer.toString('latin1'), count);
  if (typeof values === 'string') return { fault: { kind: 'unreadable', message: values } };
  const rgb = channels === 3 ? values : repeated(values, channels);
  return { width, height, space: channels === 1 ? 'b-w' : 'srgb', ...describePixels(rgb, width, height) };
}

function numbers(text: string, count: number): Uint8Array | string {
  const cells = text.split(',');
  if (cells.length !== count) return `has ${cells.length} numbers instead of ${count}`;
  const values = new Uint8Array(count);
  for (const [i, cell] of cells.entries()) {
    const value = cell.trim() === '' ? Number.NaN : Number(cell);
    if (!(Number.isInteger(value) && value >= 0 && value <= 255))
      return `has a pixel "${cell}", not 0 to 255`;
    values[i] = value;
  }
  return values;
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

/** The decoder's message, which may have several lines, as a clause. */
function clause(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (
    text
      .split('\n', 1)[0]
      ?.replace(/^Input buffer /, '')
      .slice(0, 160) ?? ''
  );
}
