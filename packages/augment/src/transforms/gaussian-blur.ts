import { blur, gaussianKernel } from '../kernels/convolve.ts';
import { range } from '../settings/ranges.ts';
import { defineTransform, draw, onImage, type TransformEntry } from '../transform.ts';

/**
 * Blurs with a Gaussian of `sigma` pixels, truncated at three sigma, with reflected edges (torchvision `GaussianBlur` with
 * a kernel of that size). Weights are rounded to 1/256.
 */
export const gaussianBlur: TransformEntry = defineTransform({
  name: 'gaussianBlur',
  summary: 'Blurs with a Gaussian.',
  settings: () => ({ sigma: range(0.1, 2, { min: 0, max: 50 }) }),
  p: 0.5,
  identity: { sigma: 0 },
  create: ({ sigma }) =>
    onImage((image, rng) => {
      const width = draw(rng, sigma);
      return width === 0 ? image : blur(image, gaussianKernel(width, Math.ceil(3 * width)));
    }),
});
