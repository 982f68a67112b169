import { brightnessTable } from '../kernels/tables.ts';
import { factor as factorField } from '../settings/fields.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Multiplies the light by a factor (PIL `ImageEnhance.Brightness`). */
export const brightness: TransformEntry = defineTransform({
  name: 'brightness',
  summary: 'Makes the image lighter or darker.',
  settings: { factor: factorField(0.3) },
  identity: { factor: [1, 1] },
  create:
    ({ factor }) =>
    (image, rng) =>
      image.map(brightnessTable(draw(rng, factor))),
});
