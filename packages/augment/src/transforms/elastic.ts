import { smoothField } from '../kernels/box-blur.ts';
import { FRACTION_BITS, remap } from '../kernels/warp.ts';
import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { number } from '../settings/ranges.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/**
 * Displaces pixels by smooth noise (Simard, Steinkraus, Platt 2003; torchvision `ElasticTransform`): uniform noise in
 * [-1, 1], smoothed over `sigma` pixels, times `alpha / 2` pixels. The smoothing is three box blurs, not a Gaussian.
 */
export const elastic: TransformEntry = defineTransform({
  name: 'elastic',
  summary: 'Displaces pixels by smooth noise.',
  settings: () => ({
    alpha: number(50, { min: 0, max: 10_000 }),
    sigma: number(5, { min: 0, max: 1000 }),
    ...samplingSettings(),
  }),
  identity: { alpha: 0 },
  create: ({ alpha, sigma, ...rest }) => {
    const sampling = samplingOf(rest);
    return onImage((image, rng) => {
      if (alpha === 0) return image;
      const { width, height } = image;
      const field = () => {
        const noise = rng.fillUniform(new Float32Array(width * height), -1, 1);
        smoothField(noise, width, height, sigma);
        return noise;
      };
      const across = field();
      const down = field();
      const one = 2 ** FRACTION_BITS;
      const reach = (alpha / 2) * one;
      return remap(
        image,
        (y, xs, ys) => {
          const row = y * width;
          for (let x = 0; x < width; x++) {
            xs[x] = Math.floor((x + 0.5) * one + across[row + x]! * reach);
            ys[x] = Math.floor((y + 0.5) * one + down[row + x]! * reach);
          }
        },
        sampling,
      );
    });
  },
});
