import { affineAbout } from '../kernels/affine.ts';
import { symmetric } from '../settings/fields.ts';
import { samplingFields, samplingOf } from '../settings/sampling.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Turns counter-clockwise about the middle, keeping the size (torchvision `RandomRotation`, PIL `Image.rotate`). */
export const rotate: TransformEntry = defineTransform({
  name: 'rotate',
  summary: 'Turns by a random angle about the middle.',
  settings: { degrees: symmetric(15, { max: 360 }), ...samplingFields },
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
