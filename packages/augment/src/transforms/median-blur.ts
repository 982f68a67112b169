import { median } from '../kernels/median.ts';
import { integerRange } from '../settings/fields.ts';
import { defineTransform, drawInteger, onImage, type TransformEntry } from '../transform.ts';

/**
 * Replaces each value by the median of a square around it, of side `2 * radius + 1` (OpenCV `medianBlur`).
 * Radius 1 is cheap; 2 and more cost some twenty times as much.
 */
export const medianBlur: TransformEntry = defineTransform({
  name: 'medianBlur',
  summary: 'Replaces each value by the median around it.',
  settings: { radius: integerRange(1, 1, { min: 0, max: 25 }) },
  p: 0.5,
  identity: { radius: 0 },
  create: ({ radius }) => onImage((image, rng) => median(image, drawInteger(rng, radius))),
});
