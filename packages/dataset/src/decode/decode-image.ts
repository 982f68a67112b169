import { type Image, type ImageSize, PodiumError, type ReadWindow, resample } from '@podium/core';
import type { Sharp } from 'sharp';
import type { ImageSource } from '../manifest/types.ts';
import { codec } from './codec.ts';
import { decodePixels, grayOf } from './decode-pixels.ts';
import { decodePnm, isPnm, readPnmHeader } from './decode-pnm.ts';
import { DEEP_COST, isDeep, readDeepPixels, scaleToBytes } from './deep-pixels.ts';
import { DECODABLE, formatLabel, formatOf } from './file-format.ts';
import { decodeJpegRows } from './jpeg-decoder.ts';
import { type JpegHeader, readJpegHeader } from './jpeg-header.ts';
import { withPixels } from './pixel-budget.ts';
import { type FailOn, readIntact } from './read-intact.ts';
import { readSource } from './read-source.ts';
import { giveScratch, takeScratch } from './scratch.ts';
import { isSrgbProfile } from './srgb-profile.ts';

/** How image files are decoded. Plain data, for keys and workers. */
export interface DecodeSettings {
  /** Three channels (sRGB) or one. Default `rgb`. */
  readonly mode?: 'rgb' | 'gray';
  /** Images with more pixels are rejected before decoding. Default 100 million. */
  readonly maxPixels?: number;
  /**
   * Which problems make a file invalid: `warnings` (default) rejects a file at a warning of the decoder that may mean damage,
   * `errors` accepts all warnings. Both reject truncated files, and accept what changes no pixel, such as bytes between the
   * segments of a JPEG. A source that is marked `damaged` is decoded as far as possible.
   */
  readonly refuse?: 'warnings' | 'errors';
  /** Color behind transparent pixels, three values from 0 to 255. Default white. */
  readonly background?: readonly [red: number, green: number, blue: number];
}

export interface DecodeOptions extends DecodeSettings {
  /** The folder that the source's path is relative to. Default: the working directory. */
  readonly root?: string;
  /** The part to read, and its output size, in coordinates of the displayed image (after EXIF rotation). */
  readonly window?: ReadWindow | ((size: ImageSize) => ReadWindow | undefined) | undefined;
  /** Memory for the pixels of a window, given their number of bytes. Default: a new array. */
  readonly into?: ((bytes: number) => Uint8Array) | undefined;
}

/** The decode settings with defaults; they determine the pixels, for keys of caches and runs. */
export function decodeSettings(settings: DecodeSettings = {}): Required<DecodeSettings> {
  const { mode = 'rgb', maxPixels = 100e6, refuse = 'warnings', background = [255, 255, 255] } = settings;
  return { mode, maxPixels, refuse, background };
}

/**
 * Decodes an image to `[H,W,3]` sRGB or `[H,W,1]` gray, uint8: rotated by EXIF, transparency over the background, color
 * profiles, CMYK, palettes and 16 bits converted. The same bytes on every call.
 *
 * Of a JPEG only the window is decoded, at 1/8 or 1/4 of its size if it is that much larger than requested. Damage below the
 * window is not detected then, unless the file is truncated.
 * @throws PodiumError `image-empty`, `image-format` for files that are not images, `image-damaged`, `image-truncated`,
 * `image-too-large`, `image-window` for a window outside the image, `image-path-escapes`, and file errors; all name the file
 *
 * @example
 * const image = await decodeImage({ kind: 'file', path: 'cat.jpg' }, { root: 'data/pets/train' });
 */
export async function decodeImage(source: ImageSource, options: DecodeOptions = {}): Promise<Image> {
  const bytes = await readSource(options.root ?? '.', source);
  return decodeBytes(bytes, source, options);
}

/** Like `decodeImage`, for bytes in memory. The source describes them and names them in errors. */
export async function decodeBytes(
  bytes: Uint8Array,
  source: ImageSource,
  options: DecodeOptions = {},
): Promise<Image> {
  const settings = decodeSettings(options);
  if (source.kind !== 'file') {
    const image = decodePixels(bytes, source, settings.mode);
    const window = windowFor(options.window, image, source);
    return window === undefined ? image : cut(image, window, options.into);
  }
  try {
    const decode = (whole: Uint8Array, failOn: FailOn) =>
      decodeFile(whole, source, settings, options, failOn);
    if (source.damaged) return await decode(bytes, 'none');
    if (settings.refuse === 'errors') return await decode(bytes, 'error');
    return (await readIntact(bytes, decode)).value;
  } catch (error) {
    throw decodeError(error, bytes, source, settings);
  }
}

type FileSource = Extract<ImageSource, { readonly kind: 'file' }>;

async function decodeFile(
  bytes: Uint8Array,
  source: FileSource,
  settings: Required<DecodeSettings>,
  { window: wanted, into }: DecodeOptions,
  failOn: FailOn,
): Promise<Image> {
  if (isPnm(bytes)) {
    const { width = 0, height = 0 } = readPnmHeader(bytes) ?? {};
    return withPixels(width * height, async () => {
      const image = decodeNetpbm(bytes, source, settings, failOn === 'none');
      const part = windowFor(wanted, image, source);
      return part === undefined ? image : cut(image, part, into);
    });
  }
  if (source.range !== undefined) {
    const image = await decodeDeep(bytes, source, source.range, settings, failOn);
    const part = windowFor(wanted, image, source);
    return part === undefined ? image : cut(image, part, into);
  }
  const header = readJpegHeader(bytes);
  const isPlain = header?.ends === true && !header.turned && header.components !== 4;
  const info = isPlain ? fromHeader(header) : await lookInside(bytes, source, settings);
  const { width, height } = info;
  if (width * height > settings.maxPixels) throw tooLarge(source, info, settings);
  const window = windowFor(wanted, info, source);
  const read = () => open(bytes, settings, info, failOn);
  const fast = (top: number, rows: number, memory?: (bytes: number) => Uint8Array) =>
    header && decodeJpegRows(bytes, header, settings.mode === 'gray' ? 1 : 3, [top, rows], memory);
  if (window === undefined)
    return withPixels(
      width * height,
      async () => (await fast(0, height)) ?? (await pixels(upright(read(), info), settings, info)),
    );

  // Only complete JPEGs are decoded in part: a truncated file is decoded up to its end to detect that, and for other formats
  // little would be saved, while damage below the window would go unnoticed.
  if (header?.ends !== true) {
    return withPixels(width * height, async () =>
      cut(await pixels(upright(read(), info), settings, info), window, into),
    );
  }
  const shrink = shrinkFor(window);
  const held = (size: ImageSize) => (header.progressive ? width * height : size.width * size.height);
  if (shrink > 1) {
    // sharp decodes at twice this size or less, and reduces the rest; `cut` resamples what remains.
    const small = { width: Math.floor(width / shrink), height: Math.floor(height / shrink) };
    return withPixels(held(small), async () => {
      const image = await pixels(
        upright(read(), info).resize({ ...small, fit: 'fill', kernel: 'linear', fastShrinkOnLoad: true }),
        settings,
        info,
      );
      return cut(image, window, into, small.width / width, small.height / height);
    });
  }
  const { left, top } = window;
  const size = { width: window.width, height: window.height };
  return withPixels(held({ ...size, width }), async () => {
    const rows = await fast(top, size.height, takeScratch);
    if (rows !== undefined) {
      const image = cut(rows, { ...window, top: 0 }, into);
      if (image !== rows) giveScratch(rows.data);
      return image;
    }
    const part = await pixels(upright(read(), info).extract({ left, top, ...size }), settings, info);
    return cut(part, { ...window, left: 0, top: 0 }, into);
  });
}

/** PBM, PGM or PPM, by its own white. */
function decodeNetpbm(
  bytes: Uint8Array,
  source: FileSource,
  settings: Required<DecodeSettings>,
  lenient: boolean,
): Image {
  const header = readPnmHeader(bytes);
  if (header !== undefined && header.width * header.height > settings.maxPixels)
    throw tooLarge(source, header, settings);
  const image = header === undefined ? undefined : decodePnm(bytes, header, lenient);
  if (image === undefined) throw new Error('it ends early, or has values that are not in its range');
  if (settings.mode === 'gray') return image.channels === 1 ? image : grayOf(image);
  return image.channels === 3 ? image : withChannels(image, 3);
}

/** An image with more than 8 bits per channel, by the values that become black and white. */
async function decodeDeep(
  bytes: Uint8Array,
  source: FileSource,
  range: readonly [number, number],
  settings: Required<DecodeSettings>,
  failOn: FailOn,
): Promise<Image> {
  const { mode, maxPixels, background } = settings;
  const metadata = await codec()(bytes, { failOn: 'none', limitInputPixels: false }).metadata();
  const { width, height } = metadata.autoOrient;
  if (width * height > maxPixels) throw tooLarge(source, { width, height }, settings);
  // The file may have been replaced since it was inspected.
  if (!isDeep(metadata)) return decodeFile(bytes, { ...source, range: undefined }, settings, {}, failOn);
  const image = await withPixels(DEEP_COST * width * height, async () => {
    const deep = await readDeepPixels(
      codec()(bytes, { failOn, limitInputPixels: maxPixels, ignoreIcc: true }),
      metadata,
    );
    const data = scaleToBytes(deep, range, background);
    return { width: deep.width, height: deep.height, channels: deep.channels, data };
  });
  const { channels } = image;
  if (mode === 'gray') return channels === 1 ? image : grayOf(image);
  return channels === 3 ? image : withChannels(image, 3);
}

function open(bytes: Uint8Array, settings: Required<DecodeSettings>, { srgb }: Info, failOn: FailOn): Sharp {
  return codec()(bytes, {
    failOn,
    limitInputPixels: settings.maxPixels,
    sequentialRead: true,
    ignoreIcc: srgb,
  });
}

/** What is known before decoding. Steps that would change nothing are skipped: they take a tenth of the time. */
interface Info extends ImageSize {
  /** Whether EXIF may require a rotation. The size is that after the rotation. */
  readonly turned: boolean;
  readonly alpha: boolean;
  /** Whether the color profile is sRGB and needs no conversion. */
  readonly srgb: boolean;
}

function fromHeader({ width, height, profile }: JpegHeader): Info {
  return {
    width,
    height,
    turned: false,
    alpha: false,
    srgb: profile !== undefined && isSrgbProfile(profile),
  };
}

function upright(image: Sharp, { turned }: Info): Sharp {
  return turned ? image.autoOrient() : image;
}

/** Accepts only raster formats: vector formats such as SVG can refer to other files. */
async function lookInside(
  bytes: Uint8Array,
  source: ImageSource,
  settings: Required<DecodeSettings>,
): Promise<Info> {
  // Without a limit, so that a decompression bomb is reported by its size. Nothing is decoded here.
  const metadata = await codec()(bytes, { failOn: 'none', limitInputPixels: false }).metadata();
  const { format } = metadata;
  if (!PIXEL_FORMATS.includes(format)) {
    throw new PodiumError({
      code: 'image-format',
      path: { file: source.path },
      expected: PIXEL_FORMATS,
      got: `"${format}"`,
      fix: 'convert it to PNG',
    });
  }
  const { width, height } = metadata.autoOrient;
  if (width * height > settings.maxPixels) throw tooLarge(source, { width, height }, settings);
  const { icc } = metadata;
  // The profile of a CMYK image is never sRGB.
  const srgb = icc !== undefined && isSrgbProfile(icc);
  return { width, height, turned: true, alpha: metadata.hasAlpha, srgb };
}

const PIXEL_FORMATS: readonly string[] = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif', 'avif', 'pnm'];

async function pixels(
  image: Sharp,
  { mode, background }: Required<DecodeSettings>,
  { alpha }: Info,
): Promise<Image> {
  const [r, g, b] = background;
  const flat = alpha ? image.flatten({ background: { r, g, b } }) : image;
  const out = mode === 'gray' ? flat.grayscale() : flat.toColorspace('srgb');
  const { data, info } = await out.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const decoded = { width: info.width, height: info.height, channels: info.channels, data };
  const channels = mode === 'gray' ? 1 : 3;
  return info.channels === channels ? decoded : withChannels(decoded, channels);
}

/** Gray as three equal channels, or the first channels of several. */
function withChannels(image: Image, channels: number): Image {
  const { width, height, data } = image;
  const out = new Uint8Array(width * height * channels);
  for (let i = 0, from = 0; i < out.length; i += channels, from += image.channels) {
    for (let c = 0; c < channels; c++) out[i + c] = data[from + (image.channels >= 3 ? c : 0)]!;
  }
  return { width, height, channels, data: out };
}

/** The larger of 8 and 4 that leaves at least the requested pixels; else 1, since sharp halves only after decoding. */
function shrinkFor({ width, height, outWidth, outHeight }: ReadWindow): number {
  const max = Math.min(width / outWidth, height / outHeight);
  return [8, 4].find((shrink) => shrink <= max) ?? 1;
}

/** Resamples a window of an image that is `xScale` and `yScale` times the size that the window refers to. */
function cut(image: Image, window: ReadWindow, into: DecodeOptions['into'], xScale = 1, yScale = 1): Image {
  const { left, top, width, height, outWidth, outHeight, interpolation } = window;
  const box = {
    left: left * xScale,
    top: top * yScale,
    right: Math.min(image.width, (left + width) * xScale),
    bottom: Math.min(image.height, (top + height) * yScale),
  };
  const whole = box.left === 0 && box.top === 0 && box.right === image.width && box.bottom === image.height;
  if (whole && image.width === outWidth && image.height === outHeight) return image;
  return resample(
    image,
    box,
    outWidth,
    outHeight,
    interpolation,
    into?.(outWidth * outHeight * image.channels),
  );
}

/** A window of an image in memory, as the decoder would read it. */
export function cutWindow(
  image: Image,
  window: ReadWindow,
  source: ImageSource,
  into: DecodeOptions['into'],
): Image {
  return cut(image, checkWindow(window, image, source), into);
}

function windowFor(
  wanted: DecodeOptions['window'],
  size: ImageSize,
  source: ImageSource,
): ReadWindow | undefined {
  const window = typeof wanted === 'function' ? wanted({ width: size.width, height: size.height }) : wanted;
  return window === undefined ? undefined : checkWindow(window, size, source);
}

function checkWindow(window: ReadWindow, size: ImageSize, source: ImageSource): ReadWindow {
  const { left, top, width, height, outWidth, outHeight } = window;
  const isValid =
    [left, top, width, height, outWidth, outHeight].every(Number.isInteger) &&
    left >= 0 &&
    top >= 0 &&
    width >= 1 &&
    height >= 1 &&
    left + width <= size.width &&
    top + height <= size.height &&
    outWidth >= 1 &&
    outHeight >= 1 &&
    outWidth * outHeight <= MAX_OUTPUT_PIXELS;
  if (isValid) return window;
  throw new PodiumError({
    code: 'image-window',
    path: { file: source.path },
    message: 'this window of the image cannot be read',
    expected: `whole numbers within ${size.width} x ${size.height}, and an output of 1 to ${MAX_OUTPUT_PIXELS} pixels`,
    got: JSON.stringify(window),
    fix: 'correct the window of the transform',
  });
}

const MAX_OUTPUT_PIXELS = 2 ** 26;

function tooLarge(
  source: ImageSource,
  { width, height }: ImageSize,
  { maxPixels }: { maxPixels: number },
): PodiumError {
  return new PodiumError({
    code: 'image-too-large',
    path: { file: source.path },
    message: 'the image has too many pixels',
    expected: `at most ${maxPixels}`,
    got: `${width} x ${height} = ${width * height}`,
    fix: 'shrink it, or drop its row',
  });
}

/** An error of libvips as an error that names the file. */
function decodeError(
  error: unknown,
  bytes: Uint8Array,
  source: ImageSource,
  settings: { maxPixels: number },
): unknown {
  if (error instanceof PodiumError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const first = text.split('\n').find((line) => line.trim() !== '') ?? '';
  const path = { file: source.path };
  const format = formatOf(bytes, source.path);
  // Messages of libvips are common to all threads: what can be seen without them comes first.
  if (!DECODABLE.has(format) || /unsupported image format/i.test(text)) {
    return new PodiumError(
      {
        code: 'image-format',
        path,
        message: 'the file is not an image in a supported format',
        expected: PIXEL_FORMATS,
        got: formatLabel(format),
        fix: 'convert it to PNG or JPEG; if it is a web page or an archive saved under this name, download it again',
      },
      { cause: error },
    );
  }
  if (/pixel limit/i.test(text)) {
    return new PodiumError(
      {
        code: 'image-too-large',
        path,
        message: 'the image has too many pixels',
        expected: `at most ${settings.maxPixels}`,
        fix: 'shrink it, or drop its row',
      },
      { cause: error },
    );
  }
  return new PodiumError(
    {
      code: 'image-damaged',
      path,
      message: `the image is damaged (${first})`,
      fix: 'download it again, or drop its row; to use what is left of damaged images, set data.damaged: use',
    },
    { cause: error },
  );
}
