import type { Image, ImageSize, ImageTransform, ReadWindow, Rng } from '@podium/core';
import { cutWindow } from '../decode/decode-image.ts';
import type { ImageSource } from '../manifest/types.ts';

/**
 * The parts of one image that its views show. If all views need the same part, as flips and crops of one size do, the decoder
 * reads only that. Otherwise it reads the whole image once, and each part is cut out and resized once for all views that
 * need it.
 */
export class ViewWindows {
  readonly #transforms: readonly ImageTransform[];
  readonly #rngs: readonly Rng[];
  #windows: readonly (ReadWindow | undefined)[] = [];
  #isCommon = true;

  /** @param rngs one per transform; its `window` draws from it, then its `apply` */
  constructor(transforms: readonly ImageTransform[], rngs: readonly Rng[]) {
    this.#transforms = transforms;
    this.#rngs = rngs;
  }

  /** Whether any transform has a window. */
  get any(): boolean {
    return this.#transforms.some(({ window }) => window !== undefined);
  }

  /** The part of an image of this size to read; undefined for the whole image. */
  draw(size: ImageSize): ReadWindow | undefined {
    this.#windows = this.#transforms.map((transform, v) => transform.window?.(size, this.#rngs[v]!));
    const [first] = this.#windows;
    this.#isCommon = this.#windows.every((window) => keyOf(window) === keyOf(first));
    return this.#isCommon ? first : undefined;
  }

  /**
   * What each view's `apply` gets from the image that was read, ordered so that each part is cut once.
   * @param into memory for a part, valid until the next one
   */
  *parts(
    image: Image,
    source: ImageSource,
    into: (bytes: number) => Uint8Array,
  ): Generator<[view: number, part: Image]> {
    const groups = new Map<string, number[]>();
    for (const view of this.#transforms.keys()) {
      const key = this.#isCommon ? '' : keyOf(this.#windows[view]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [view]);
      else group.push(view);
    }
    for (const views of groups.values()) {
      const window = this.#isCommon ? undefined : this.#windows[views[0]!];
      const part = window === undefined ? image : cutWindow(image, window, source, into);
      for (const view of views) yield [view, part];
    }
  }
}

/** The whole image at its size. */
export function wholeWindow({ width, height }: ImageSize): ReadWindow {
  return { left: 0, top: 0, width, height, outWidth: width, outHeight: height, interpolation: 'nearest' };
}

function keyOf(window: ReadWindow | undefined): string {
  if (window === undefined) return '';
  const { left, top, width, height, outWidth, outHeight, interpolation } = window;
  return [left, top, width, height, outWidth, outHeight, interpolation].join();
}
