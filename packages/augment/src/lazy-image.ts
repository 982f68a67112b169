import type { Image, Rng } from '@podium/core';
import { type Affine, composeAffine } from './kernels/affine.ts';
import { chainTables, lookUp } from './kernels/lut.ts';
import { type Sampling, sameSampling, warpAffine } from './kernels/warp.ts';

/** One step of a pipeline. All randomness comes from `rng`. */
export type Step = (image: LazyImage, rng: Rng) => LazyImage;

interface Pending {
  readonly warp?: { readonly matrix: Affine; readonly sampling: Sampling };
  readonly table?: Uint8Array;
}

/**
 * An image between two steps. Lookup tables and affine warps are deferred, so that adjacent ones become a single pass:
 *
 * - adjacent tables are merged into one table, with the same bytes as two passes;
 * - adjacent affine warps with the same sampling are merged into one warp by the product of their matrices. Two passes
 *   would blur twice and cut off what the second brings back into view, so the merged result is better, and as
 *   reproducible.
 *
 * A step consumes the image it gets: use what the step returns, not the image again.
 */
export class LazyImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  #image: Image;
  /** Whether a step made the buffer, so that the next step may overwrite it. */
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

  /** An image whose pixels belong to the caller and are never written to. */
  static of(image: Image): LazyImage {
    return new LazyImage(image, false, {});
  }

  /** An image whose pixels a step has just made, so that the next step may overwrite them. */
  static fresh(image: Image): LazyImage {
    return new LazyImage(image, true, {});
  }

  /** Replaces every value v by `table[v]`; a table of `256 * channels` values has one part per channel. */
  map(table: Uint8Array): LazyImage {
    const { warp, table: first } = this.#pending;
    const chained = first === undefined ? table : chainTables(first, table);
    return new LazyImage(this.#image, this.#owned, { ...(warp && { warp }), table: chained });
  }

  /** Warps the image: `matrix` maps a point of the result to the point of this image that it shows. */
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

  /** The pixels, for reading only. */
  read(): Image {
    this.#flush();
    return this.#image;
  }

  /** The pixels, for writing; copied first if they belong to the caller. */
  writable(): Image {
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

/** Runs a step on an image. The image is not written to. */
export function runStep(step: Step, image: Image, rng: Rng): Image {
  return step(LazyImage.of(image), rng).read();
}
