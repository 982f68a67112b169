import { type Homography, homography } from '../kernels/homography.ts';
import { fixed, remap } from '../kernels/warp.ts';
import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { number } from '../settings/ranges.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/**
 * Perspective distortion: each corner moves inward by up to `distortion` of half a side (torchvision
 * `RandomPerspective`).
 */
export const perspective: TransformEntry = defineTransform({
  name: 'perspective',
  summary: 'Shows the image as a plane in perspective.',
  settings: () => ({ distortion: number(0.5, { min: 0, max: 1 }), ...samplingSettings() }),
  identity: { distortion: 0 },
  create: ({ distortion, ...rest }) => {
    const sampling = samplingOf(rest);
    return onImage((image, rng) => {
      const { width, height } = image;
      const x = Math.trunc(distortion * Math.floor(width / 2));
      const y = Math.trunc(distortion * Math.floor(height / 2));
      const [right, bottom] = [width - 1, height - 1];
      const start = [0, 0, right, 0, right, bottom, 0, bottom];
      const end = [
        rng.int(x + 1),
        rng.int(y + 1),
        right - rng.int(x + 1),
        rng.int(y + 1),
        right - rng.int(x + 1),
        bottom - rng.int(y + 1),
        rng.int(x + 1),
        bottom - rng.int(y + 1),
      ];
      if (end.every((value, i) => value === start[i])) return image;
      const map = homography(end, start);
      return map === undefined ? image : remap(image, (row, xs, ys) => project(map, row, xs, ys), sampling);
    });
  },
});

function project([a, b, c, d, e, f, g, h]: Homography, row: number, xs: Int32Array, ys: Int32Array): void {
  const y = row + 0.5;
  for (let i = 0; i < xs.length; i++) {
    const x = i + 0.5;
    const share = 1 / (g * x + h * y + 1);
    xs[i] = fixed((a * x + b * y + c) * share);
    ys[i] = fixed((d * x + e * y + f) * share);
  }
}
