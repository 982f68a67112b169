import { solarizeTable } from '../kernels/tables.ts';
import { integerRange } from '../settings/ranges.ts';
import { defineTransform, drawInteger, type TransformEntry } from '../transform.ts';

/** Inverts values at or above a threshold (PIL `ImageOps.solarize`). */
export const solarize: TransformEntry = defineTransform({
  name: 'solarize',
  summary: 'Inverts bright values.',
  settings: () => ({ threshold: integerRange(128, 128, { min: 0, max: 256 }) }),
  p: 0.5,
  identity: { threshold: 256 },
  create:
    ({ threshold }) =>
    (image, rng) =>
      image.map(solarizeTable(drawInteger(rng, threshold))),
});
