import { fixed, remap } from '../kernels/warp.ts';
import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { symmetricRange } from '../settings/ranges.ts';
import { defineTransform, draw, onImage, type TransformEntry } from '../transform.ts';

/**
 * Lens distortion (Albumentations `OpticalDistortion`, camera model): a point at radius r, in units of width and height,
 * comes from radius `r (1 + k r^2 + k r^4)`. k > 0 pinches the image, k < 0 bulges it.
 */
export const opticalDistortion: TransformEntry = defineTransform({
  name: 'opticalDistortion',
  summary: 'Distorts the image as a lens does.',
  settings: () => ({ k: symmetricRange(0.5, { max: 10 }), ...samplingSettings() }),
  identity: { k: 0 },
  create: ({ k: limits, ...rest }) => {
    const sampling = samplingOf(rest);
    return onImage((image, rng) => {
      const k = draw(rng, limits);
      if (k === 0) return image;
      const { width, height } = image;
      return remap(
        image,
        (row, xs, ys) => {
          const y = (row + 0.5) / height - 0.5;
          for (let i = 0; i < xs.length; i++) {
            const x = (i + 0.5) / width - 0.5;
            const square = x * x + y * y;
            const stretch = 1 + k * square * (1 + square);
            xs[i] = fixed((0.5 + x * stretch) * width);
            ys[i] = fixed((0.5 + y * stretch) * height);
          }
        },
        sampling,
      );
    });
  },
});
