import { posterizeTable } from '../kernels/tables.ts';
import { integerRange } from '../settings/ranges.ts';
import { defineTransform, drawInteger, type TransformEntry } from '../transform.ts';

/** Keeps the highest `bits` of each 8-bit value (PIL `ImageOps.posterize`). */
export const posterize: TransformEntry = defineTransform({
  name: 'posterize',
  summary: 'Keeps only the highest bits of each value.',
  settings: () => ({ bits: integerRange(3, 5, { min: 0, max: 8 }) }),
  identity: { bits: 8 },
  create:
    ({ bits }) =>
    (image, rng) =>
      image.map(posterizeTable(drawInteger(rng, bits))),
});
