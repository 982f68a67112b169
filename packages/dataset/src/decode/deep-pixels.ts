import type { Metadata, Sharp } from 'sharp';

/** Values as they are in a file, with more than 8 bits per channel. */
export interface DeepPixels {
  readonly width: number;
  readonly height: number;
  /** 1 or 3, without alpha. */
  readonly channels: number;
  /** `[H,W,channels]` */
  readonly values: ArrayLike<number>;
  /** Opacity from 0 to 1, `[H,W]`; undefined if all pixels are opaque. */
  readonly alpha: ((pixel: number) => number) | undefined;
}

type FileFacts = Pick<Metadata, 'format' | 'depth' | 'space' | 'hasAlpha'>;

/**
 * Whether values of a file may use any part of what its type can hold: 12 bits in 16, floats, negative numbers. AVIF and
 * HEIC say how many bits they use, so they are scaled by the decoder.
 */
export function isDeep({ format, depth, space }: FileFacts): boolean {
  return (
    (format === 'png' || format === 'tiff') &&
    depth !== 'uchar' &&
    /^(b-w|\w+16|s?rgb|scrgb)$/.test(space ?? '')
  );
}

/** Memory per pixel, in that of a pixel of bytes: the values as stored and as numbers, and their bytes. */
export const DEEP_COST = 4;

const OFFSET = 2 ** 15;

/**
 * Reads the values of a deep file, upright, without any conversion.
 * @param image without color management (`ignoreIcc`)
 */
export async function readDeepPixels(image: Sharp, facts: FileFacts): Promise<DeepPixels> {
  const { depth, space, hasAlpha } = facts;
  const upright = image.autoOrient();
  if (space?.endsWith('16')) {
    // Signed values would be cut off at zero.
    const offset = depth === 'short' ? OFFSET : 0;
    const moved = offset === 0 ? upright : upright.linear(1, offset);
    const out = moved.toColorspace(space).raw({ depth: 'ushort' });
    const { data, info } = await out.toBuffer({ resolveWithObject: true });
    const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
    const convert = offset === 0 ? undefined : (value: number) => value - offset;
    return unpacked(values, info, hasAlpha, convert, depth === 'ushort' ? 65_535 : 0);
  }
  const own = space === 'scrgb' ? upright.toColorspace('scrgb') : upright;
  const { data, info } = await own.raw({ depth: 'float' }).toBuffer({ resolveWithObject: true });
  const values = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const isGray = space === 'b-w';
  return unpacked(values, info, hasAlpha, undefined, 0, isGray ? 1 : undefined);
}

function unpacked(
  values: ArrayLike<number>,
  info: { readonly width: number; readonly height: number; readonly channels: number },
  hasAlpha: boolean,
  convert: ((value: number) => number) | undefined,
  opaque: number,
  wanted?: number,
): DeepPixels {
  const { width, height, channels: stored } = info;
  const colors = hasAlpha ? stored - 1 : stored;
  const channels = wanted ?? (colors >= 3 ? 3 : 1);
  // A copy would double the memory of an image of 100 megapixels.
  if (convert === undefined && stored === channels)
    return { width, height, channels, values, alpha: undefined };
  const out = new Float32Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let c = 0; c < channels; c++) {
      const value = values[pixel * stored + c]!;
      out[pixel * channels + c] = convert === undefined ? value : convert(value);
    }
  const alpha =
    hasAlpha && opaque > 0 ? (pixel: number) => values[pixel * stored + colors]! / opaque : undefined;
  return { width, height, channels, values: out, alpha };
}

/**
 * Scales values to bytes, `[H,W,channels]`: black and below becomes 0, white and above 255. A value that is not a number is
 * black. Transparent pixels show the background.
 */
export function scaleToBytes(
  { values, channels, alpha }: DeepPixels,
  [black, white]: readonly [black: number, white: number],
  background: readonly number[],
): Uint8Array {
  const out = new Uint8Array(values.length);
  const scale = 255 / (white - black);
  for (let i = 0; i < out.length; i++) {
    const value = Math.min(255, Math.max(0, (values[i]! - black) * scale || 0));
    const opacity = alpha === undefined ? 1 : alpha(Math.floor(i / channels));
    const behind = background[channels === 1 ? 0 : i % channels]!;
    out[i] = Math.round(value * opacity + behind * (1 - opacity));
  }
  return out;
}

/** The smallest and largest value; those that are not numbers do not count. */
export interface ValueExtent {
  readonly min: number;
  readonly max: number;
}

export function extentOf({ values }: Pick<DeepPixels, 'values'>): ValueExtent {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : { min: 0, max: 0 };
}
