import { median } from '../kernels/median.ts';
import { integerRange } from '../settings/ranges.ts';
import { defineTransform, drawInteger, onImage, type TransformEntry } from '../transform.ts';

/**
 * Replaces each value by the median of a square of side `2 * radius + 1` around it (OpenCV `medianBlur`). Radius 1 is
 * fast; larger ones take about twenty times as long.
 */
export const medianBlur: TransformEntry = defineTransform({
  name: 'medianBlur',
  summary: 'Replaces each value by the median around it.',
  settings: () => ({ radius: integerRange(1, 1, { min: 0, max: 25 }) }),
  p: 0.5,
  identity: { radius: 0 },
  create: ({ radius }) => onImage((image, rng) => median(image, drawInteger(rng, radius))),
});
