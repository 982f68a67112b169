import { brightnessTable } from '../kernels/tables.ts';
import { factorRange } from '../settings/ranges.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Multiplies all values by a factor (PIL `ImageEnhance.Brightness`). */
export const brightness: TransformEntry = defineTransform({
  name: 'brightness',
  summary: 'Makes the image lighter or darker.',
  settings: () => ({ factor: factorRange(0.3) }),
  identity: { factor: [1, 1] },
  create:
    ({ factor }) =>
    (image, rng) =>
      image.map(brightnessTable(draw(rng, factor))),
});
