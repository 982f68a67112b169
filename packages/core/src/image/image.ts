import type { Rng } from '../random/rng.ts';

/** An image in memory: `[H,W,C]` row by row, uint8; sRGB (three channels) or gray (one). */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** `height * width * channels` values. */
  readonly data: Uint8Array;
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3';

/** The part of a stored image to read, and its size: lets a decoder skip pixels that would be discarded. */
export interface ReadWindow {
  /** In whole pixels, within the stored image. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Size to which the part is resized. */
  readonly outWidth: number;
  readonly outHeight: number;
  readonly interpolation: Interpolation;
}

/**
 * Applied by a loader to every image. `rng` is derived from (seed, epoch, sample id), so the result does not depend on the
 * order or the number of workers. Input images are never modified.
 */
export interface ImageTransform {
  /** The part to read of an image of this size, for transforms that start with a crop or a resize. */
  readonly window?: (size: ImageSize, rng: Rng) => ReadWindow;
  /** Everything else, applied to the pixels of `window` (default: the whole image). */
  readonly apply: (image: Image, rng: Rng) => Image;
}
