import type { Image, Rng } from '@podium/core';
import { type Affine, composeAffine } from './kernels/affine.ts';
import { chainTables, lookUp } from './kernels/lut.ts';
import { type Sampling, sameSampling, warpAffine } from './kernels/warp.ts';

/** One part of a pipeline: what it does is decided by `rng` and, where it must, by the pixels. */
export type Step = (image: LazyImage, rng: Rng) => LazyImage;

interface Pending {
  readonly warp?: { readonly matrix: Affine; readonly sampling: Sampling };
  readonly table?: Uint8Array;
}

/**
 * An image between two steps. Tables and affine warps are not carried out at once but gathered, so that neighbors
 * become one pass over the pixels:
 *
 * - two tables in a row are one table, with the very bytes of the two passes;
 * - two affine warps in a row with the same sampling are one warp by the product of their matrices. It differs from two
 *   passes where those would blur twice or cut off what the second brings back into view; that is the better image,
 *   and as reproducible.
 *
 * An image is used up by the step that takes it: use what the step returns, not the image itself again.
 */
export class LazyImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  #image: Image;
  /** Whether the buffer was made by a step, so that the next may write over it. */
  #owned: boolean;
  #pending: Pending;

  private constructor(image: Image, owned: boolean, pending: Pending) {
    this.width = image.width;
    this.height = image.height;
    this.channels = image.channels;
    this.#image = image;
    this.#owned = owned;
    this.#pending = pending;
  }

  /** An image of someone else's pixels, which are never written to. */
  static of(image: Image): LazyImage {
    return new LazyImage(image, false, {});
  }

  /** An image of pixels that a step has just made: the next step may write over them. */
  static fresh(image: Image): LazyImage {
    return new LazyImage(image, true, {});
  }

  /** Replaces every value v by `table[v]`; a table of `256 * channels` has a part for each channel. */
  map(table: Uint8Array): LazyImage {
    const { warp, table: first } = this.#pending;
    const chained = first === undefined ? table : chainTables(first, table);
    return new LazyImage(this.#image, this.#owned, { ...(warp && { warp }), table: chained });
  }

  /** Moves the pixels: `matrix` leads from a point of the result to the point of this image that it shows. */
  warp(matrix: Affine, sampling: Sampling): LazyImage {
    const { warp, table } = this.#pending;
    if (table !== undefined || (warp !== undefined && !sameSampling(warp.sampling, sampling))) {
      this.#flush();
      return new LazyImage(this.#image, this.#owned, { warp: { matrix, sampling } });
    }
    if (warp === undefined) return new LazyImage(this.#image, this.#owned, { warp: { matrix, sampling } });
    const both = { matrix: composeAffine(warp.matrix, matrix), sampling };
    return new LazyImage(this.#image, this.#owned, { warp: both });
  }

  /** The pixels, to be read only. */
  read(): Image {
    this.#flush();
    return this.#image;
  }

  /** The pixels, to be written over: a copy where they are not a step's own. */
  own(): Image {
    this.#flush();
    return this.#owned ? this.#image : { ...this.#image, data: this.#image.data.slice() };
  }

  #flush(): void {
    const { warp, table } = this.#pending;
    this.#pending = {};
    if (warp !== undefined) {
      this.#image = warpAffine(this.#image, warp.matrix, warp.sampling, this.#owned);
      this.#owned = true;
    }
    if (table !== undefined) {
      const { data } = this.#image;
      this.#image = lookUp(this.#image, table, this.#owned ? data : new Uint8Array(data.length));
      this.#owned = true;
    }
  }
}

/** Runs a step on an image, which is not written to. */
export function runStep(step: Step, image: Image, rng: Rng): Image {
  return step(LazyImage.of(image), rng).read();
}
