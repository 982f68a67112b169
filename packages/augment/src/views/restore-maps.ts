import { type ImageSize, PodiumError } from '@podium/core';
import type { Placement } from './define-view.ts';
import type { View } from './views-from.ts';

/** Values over a view, such as an explanation of a prediction. */
export interface ViewMap {
  /** `[height,width]`, row by row. Any size: the map covers the whole view. */
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** Values over an image. */
export interface RestoredMap {
  /** `[height,width]`; 0 outside all views. */
  readonly values: Float32Array;
  /** `[height,width]`: how many views cover each value. */
  readonly views: Uint16Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Projects maps of views back onto the image: undoes rotation, mirroring and cropping, samples with bilinear
 * interpolation (half-pixel centers, edges repeated), and averages where views overlap.
 *
 * @param maps one per view
 * @param image size of the image that the views show
 * @param out size of the result, which covers the whole image; default: the image's
 * @throws PodiumError `augment-view` for views of kind `transforms`, and for maps that do not fit
 */
export function restoreMaps(
  views: readonly View[],
  maps: readonly ViewMap[],
  image: ImageSize,
  out: ImageSize = image,
): RestoredMap {
  if (views.length !== maps.length) fail('maps', `${views.length} maps, one per view`, `${maps.length}`);
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
        'a view that only resizes, crops, mirrors and rotates',
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
      const [u, v] = rotated(mirrored ? 1 - x : x, y, quarters);
      const at = row * out.width + column;
      values[at] = values[at]! + sample(map, u * map.width - 0.5, v * map.height - 0.5);
      counts[at] = counts[at]! + 1;
    }
  }
}

/** Where a point of the unit square goes in a counterclockwise rotation by multiples of 90 degrees. */
function rotated(x: number, y: number, quarters: number): [x: number, y: number] {
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
