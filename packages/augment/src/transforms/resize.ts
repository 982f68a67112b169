import { resample } from '../kernels/resample.ts';
import { imageSize, interpolation } from '../settings/pixels.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** Resizes to `size`, ignoring the aspect ratio, with antialiasing; the same bytes as PIL's `Image.resize`. */
export const resize: TransformEntry = defineTransform({
  name: 'resize',
  summary: 'Resizes to a given size.',
  settings: () => ({
    size: imageSize(224),
    interpolation: interpolation('bilinear'),
  }),
  create: ({ size: [height, width], interpolation }) =>
    onImage((image) => {
      if (image.width === width && image.height === height) return image;
      const whole = { left: 0, top: 0, width: image.width, height: image.height };
      return resample(image, whole, width, height, interpolation);
    }),
  opening: ({ size: [outHeight, outWidth], interpolation }) => ({
    window: ({ width, height }) => ({ left: 0, top: 0, width, height, outWidth, outHeight, interpolation }),
  }),
});
