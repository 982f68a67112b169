import { saturate } from '../kernels/color.ts';
import { factor as factorField } from '../settings/fields.ts';
import { defineTransform, draw, inPlace, type TransformEntry } from '../transform.ts';

/** Strengthens or weakens colors; 0 gives gray (PIL `ImageEnhance.Color`). */
export const saturation: TransformEntry = defineTransform({
  name: 'saturation',
  summary: 'Strengthens or weakens colors.',
  settings: { factor: factorField(0.3) },
  identity: { factor: [1, 1] },
  create: ({ factor }) => inPlace((image, rng) => saturate(image, draw(rng, factor))),
});
