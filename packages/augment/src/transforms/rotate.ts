import { affineAbout } from '../kernels/affine.ts';
import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { symmetricRange } from '../settings/ranges.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Rotates counterclockwise about the center, keeping the size (torchvision `RandomRotation`, PIL `Image.rotate`). */
export const rotate: TransformEntry = defineTransform({
  name: 'rotate',
  summary: 'Rotates by a random angle about the center.',
  settings: () => ({ degrees: symmetricRange(15, { max: 360 }), ...samplingSettings() }),
  identity: { degrees: 0 },
  create: ({ degrees, ...rest }) => {
    const sampling = samplingOf(rest);
    return (image, rng) => {
      const angle = draw(rng, degrees);
      if (angle === 0) return image;
      return image.warp(affineAbout(image.width, image.height, { degrees: angle }), sampling);
    };
  },
});
