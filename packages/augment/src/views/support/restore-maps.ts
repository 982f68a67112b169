import { type ImageSize, PodiumError } from '@podium/core';
import type { Placement } from './view.ts';
import type { View } from './views-from.ts';

/** Values all over a view, such as where a network looked. */
export interface ViewMap {
  /** `[height,width]`, row by row; of any size, as it covers the whole view. */
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** Values all over an image. */
export interface RestoredMap {
  /** `[height,width]`; 0 where no view looked. */
  readonly values: Float32Array;
  /** `[height,width]`: how many views looked there. */
  readonly views: Uint16Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Maps of views back on the image that they are views of: each is turned, mirrored and moved back, read off with bilinear
 * interpolation (half-pixel centers, edges go on), and averaged with the others wherever more than one looked.
 *
 * @param maps one a view
 * @param image size of the image that the views were made of
 * @param out size of the result, which covers the whole image; default: the image's
 * @throws PodiumError `augment-view` for views that are lists of transforms, and maps that do not fit
 */
export function restoreMaps(
  views: readonly View[],
  maps: readonly ViewMap[],
  image: ImageSize,
  out: ImageSize = image,
): RestoredMap {
  if (views.length !== maps.length) fail('maps', `one for each of ${views.length} views`, `${maps.length}`);
  const { width, height } = out;
  const values = new Float32Array(width * height);
  const counts = new Uint16Array(width * height);
  for (const [i, view] of views.entries()) {
    const map = maps[i]!;
    if (map.values.length !== map.width * map.height || map.values.length === 0) {
      fail(`maps[${i}]`, `${map.width} x ${map.height} values`, `${map.values.length}`);
    }
    if (view.placement === undefined) {
      fail(
        `views[${i}] (${view.name})`,
        'a view that only resizes, crops, mirrors and turns',
        'a list of transforms',
      );
    }
    addMap(map, view.placement(image), image, out, values, counts);
  }
  for (let i = 0; i < values.length; i++) {
    if (counts[i]! > 1) values[i] = values[i]! / counts[i]!;
  }
  return { values, views: counts, width, height };
}

function addMap(
  map: ViewMap,
  { left, top, width, height, mirrored, quarters }: Placement,
  image: ImageSize,
  out: ImageSize,
  values: Float32Array,
  counts: Uint16Array,
): void {
  for (let row = 0; row < out.height; row++) {
    const y = (((row + 0.5) * image.height) / out.height - top) / height;
    if (y < 0 || y >= 1) continue;
    for (let column = 0; column < out.width; column++) {
      const x = (((column + 0.5) * image.width) / out.width - left) / width;
      if (x < 0 || x >= 1) continue;
      const [u, v] = turned(mirrored ? 1 - x : x, y, quarters);
      const at = row * out.width + column;
      values[at] = values[at]! + sample(map, u * map.width - 0.5, v * map.height - 0.5);
      counts[at] = counts[at]! + 1;
    }
  }
}

/** Where a point of the unit square goes when that is turned counter-clockwise by quarters. */
function turned(x: number, y: number, quarters: number): [x: number, y: number] {
  switch (quarters) {
    case 1:
      return [y, 1 - x];
    case 2:
      return [1 - x, 1 - y];
    case 3:
      return [1 - y, x];
    default:
      return [x, y];
  }
}

function sample({ values, width, height }: ViewMap, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  const at = (column: number, row: number) => values[clamp(row, height) * width + clamp(column, width)]!;
  const above = at(left, top) * (1 - right) + at(left + 1, top) * right;
  const below = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
  return above * (1 - down) + below * down;
}

function clamp(value: number, length: number): number {
  return Math.max(0, Math.min(length - 1, value));
}

function fail(key: string, expected: string, got: string): never {
  throw new PodiumError({ code: 'augment-view', path: { key }, expected, got });
}
