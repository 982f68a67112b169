import { resample } from '../kernels/resample.ts';
import { interpolation } from '../settings/pixels.ts';
import { range } from '../settings/ranges.ts';
import { defineTransform, draw, onImage, type TransformEntry } from '../transform.ts';

/** Shrinks and enlarges, which loses detail (Albumentations `Downscale`). */
export const downscale: TransformEntry = defineTransform({
  name: 'downscale',
  summary: 'Loses detail by shrinking and enlarging.',
  settings: () => ({
    scale: range(0.25, 0.75, { min: 0.01, max: 1 }),
    down: interpolation('bilinear'),
    up: interpolation('nearest'),
  }),
  p: 0.5,
  identity: { scale: 1 },
  create: ({ scale, down, up }) =>
    onImage((image, rng) => {
      const { width, height } = image;
      const part = draw(rng, scale);
      const [smallWidth, smallHeight] = [
        Math.max(1, Math.round(width * part)),
        Math.max(1, Math.round(height * part)),
      ];
      if (smallWidth === width && smallHeight === height) return image;
      const small = resample(image, { left: 0, top: 0, width, height }, smallWidth, smallHeight, down);
      return resample(small, { left: 0, top: 0, width: smallWidth, height: smallHeight }, width, height, up);
    }),
});
