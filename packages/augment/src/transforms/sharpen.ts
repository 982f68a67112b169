import { sharpness } from '../kernels/sharpness.ts';
import { range } from '../settings/ranges.ts';
import { defineTransform, draw, onImage, type TransformEntry } from '../transform.ts';

/** Sharpens: factor 1 changes nothing, 0 smooths, 2 sharpens (PIL `ImageEnhance.Sharpness`). */
export const sharpen: TransformEntry = defineTransform({
  name: 'sharpen',
  summary: 'Makes edges sharper or softer.',
  settings: () => ({ factor: range(1, 3, { min: 0, max: 16 }) }),
  p: 0.5,
  identity: { factor: 1 },
  create: ({ factor }) =>
    onImage((image, rng) => {
      const share = draw(rng, factor);
      return share === 1 ? image : sharpness(image, share);
    }),
});
