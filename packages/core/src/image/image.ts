import type { Rng } from '../random/rng.ts';

/** An image in memory: `[H,W,C]` row by row, uint8, sRGB (three channels) or gray (one). */
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

/** Which part of a stored image to read, and at which size: lets a decoder skip what would be thrown away. */
export interface ReadWindow {
  /** In pixels of the stored image, whole numbers within it. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Size that the part is resized to. */
  readonly outWidth: number;
  readonly outHeight: number;
  readonly interpolation: Interpolation;
}

/**
 * What a loader does to every image. `rng` is derived from (seed, epoch, sample id), so that neither the order nor the
 * number of workers can change a result. Input images are never written to.
 */
export interface ImageTransform {
  /** The part of an image of this size to read, where the transform begins with a crop or a resize. */
  readonly window?: (size: ImageSize, rng: Rng) => ReadWindow;
  /** All the rest, on what `window` asked for (or on the whole image). */
  readonly apply: (image: Image, rng: Rng) => Image;
}
