import { saturate } from '../kernels/color.ts';
import { factorRange } from '../settings/ranges.ts';
import { defineTransform, draw, inPlace, type TransformEntry } from '../transform.ts';

/** Strengthens or weakens colors; factor 0 gives gray (PIL `ImageEnhance.Color`). */
export const saturation: TransformEntry = defineTransform({
  name: 'saturation',
  summary: 'Strengthens or weakens colors.',
  settings: () => ({ factor: factorRange(0.3) }),
  identity: { factor: [1, 1] },
  create: ({ factor }) => inPlace((image, rng) => saturate(image, draw(rng, factor))),
});
