import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { hashBytes, PodiumError } from '@podium/core';
import sharp, { type Metadata } from 'sharp';
import type { ImageSource } from '../manifest/types.ts';
import { DECODABLE, type FoundFormat, formatOf } from './file-format.ts';
import { signatureOf } from './signature.ts';

/** Seconds; no honest image within the limits takes as long, but a made one might. */
const LONGEST_DECODE = 120;

/** Why an image cannot be used as it is. */
export interface ImageFault {
  readonly kind: 'empty' | 'unreadable' | 'truncated' | 'unsupported' | 'too-large';
  /** What was found, as a clause. */
  readonly message: string;
}

/** What one look at an image tells. */
export interface ImageScan {
  readonly fault?: ImageFault;
  /** By content; undefined for pixels inside of other files. */
  readonly format?: FoundFormat;
  readonly width?: number;
  readonly height?: number;
  /** `srgb`, `b-w`, `cmyk`, ... as libvips names them. */
  readonly space?: string;
  /** `uchar` is 8 bits a channel, `ushort` 16. */
  readonly depth?: string;
  readonly alpha?: boolean;
  readonly palette?: boolean;
  /** 1 is upright; others are to be turned or mirrored, as EXIF says. */
  readonly orientation?: number;
  /** SHA-256 of size and sRGB pixels, turned upright: the same for the same image in any lossless file. */
  readonly pixels?: string;
  /** What it looks like, see `signatureOf`. */
  readonly signature?: Uint8Array;
}

export interface ScanLimits {
  readonly maxPixels: number;
  readonly maxBytes: number;
}

/**
 * Looks at one image, decoding it once. Never throws because of what the file holds.
 * @throws PodiumError only where the source contradicts itself; errors of this program.
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
  if (!status.isFile()) return { fault: { kind: 'unreadable', message: 'is no file' } };
  if (status.size === 0) return { fault: { kind: 'empty', message: 'has no bytes' } };
  if (status.size > limits.maxBytes) {
    return { fault: { kind: 'too-large', message: `has ${status.size} bytes (limit ${limits.maxBytes})` } };
  }
  const bytes = await file.readFile();
  const format = formatOf(bytes);
  if (!DECODABLE.has(format)) {
    return {
      format,
      fault: { kind: 'unsupported', message: `is ${format === 'unknown' ? 'no image' : format}` },
    };
  }
  const options = { limitInputPixels: false, pages: 1 } as const;
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { ...options, failOn: 'none' }).metadata();
  } catch (error) {
    return { format, fault: { kind: 'unreadable', message: clause(error) } };
  }
  const scan: ImageScan = { format, ...facts(metadata) };
  const pixels = metadata.width * metadata.height;
  if (pixels > limits.maxPixels) {
    const size = `${metadata.width}x${metadata.height}`;
    return {
      ...scan,
      fault: { kind: 'too-large', message: `is ${size} pixels (limit ${limits.maxPixels} in all)` },
    };
  }
  try {
    return { ...scan, ...(await decode(bytes, { ...options, failOn: 'warning' })) };
  } catch (error) {
    const whole = await decode(bytes, { ...options, failOn: 'none' }).catch(() => undefined);
    const kind = whole === undefined ? 'unreadable' : 'truncated';
    return { ...scan, fault: { kind, message: clause(error) } };
  }
}

function facts(metadata: Metadata): ImageScan {
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
    .timeout({ seconds: LONGEST_DECODE })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const rgb = info.channels === 3 ? data : repeated(data, info.channels);
  return describePixels(rgb, info.width, info.height);
}

/** Pixels inside of a larger file, as bytes or as text. */
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
      return `has "${cell}" for a pixel, not 0 to 255`;
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

/** Three channels from one, or the first three of more. */
function repeated(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = data[i * channels + (channels < 3 ? 0 : c)]!;
  }
  return rgb;
}

/** The decoder's words, which may be many lines, as one. */
function clause(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (
    text
      .split('\n', 1)[0]
      ?.replace(/^Input buffer /, '')
      .slice(0, 160) ?? ''
  );
}
