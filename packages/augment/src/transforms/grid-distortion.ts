import type { Rng } from '@podium/core';
import { fixed, remap } from '../kernels/warp.ts';
import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { integer, number } from '../settings/ranges.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/**
 * Stretches and squeezes columns and rows: the lines of a grid of `steps` cells move by up to `limit` of a cell, scaled so
 * that the grid still fills the image (Albumentations `GridDistortion` with `normalized=True`).
 */
export const gridDistortion: TransformEntry = defineTransform({
  name: 'gridDistortion',
  summary: 'Stretches and squeezes the cells of a grid.',
  settings: () => ({
    steps: integer(5, { min: 1, max: 100 }),
    limit: number(0.3, { min: 0, max: 0.95 }),
    ...samplingSettings(),
  }),
  identity: { limit: 0 },
  create: ({ steps, limit, ...rest }) => {
    const sampling = samplingOf(rest);
    return onImage((image, rng) => {
      if (limit === 0) return image;
      const columns = stretchedAxis(image.width, steps, limit, rng);
      const rows = stretchedAxis(image.height, steps, limit, rng);
      return remap(
        image,
        (y, xs, ys) => {
          xs.set(columns);
          ys.fill(rows[y]!);
        },
        sampling,
      );
    });
  },
});

/** The source position of each pixel along an axis, as fixed-point numbers. */
function stretchedAxis(length: number, steps: number, limit: number, rng: Rng): Int32Array {
  const nodes = [0];
  for (let i = 0; i < steps; i++) nodes.push(nodes[i]! + 1 + limit * (2 * rng.float() - 1));
  const total = nodes[steps]!;
  const axis = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const position = ((i + 0.5) / length) * steps;
    const cell = Math.floor(position);
    const [from, to] = [nodes[cell]!, nodes[cell + 1]!];
    axis[i] = fixed(((from + (to - from) * (position - cell)) / total) * length);
  }
  return axis;
}
