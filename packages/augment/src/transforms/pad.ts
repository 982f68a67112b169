import { z } from 'zod';
import { marginsTo, padImage } from '../kernels/pad.ts';
import { border, color } from '../settings/pixels.ts';
import { integer } from '../settings/ranges.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/**
 * Adds a margin of `pixels` to every side, then more up to `minHeight` and `minWidth`. Shape `square` pads the shorter side
 * to the longer one (torchvision `Pad`, Albumentations `PadIfNeeded`).
 */
export const pad: TransformEntry = defineTransform({
  name: 'pad',
  summary: 'Adds margins around the image.',
  settings: () => ({
    pixels: integer(4, { min: 0, max: 4096 }),
    minHeight: integer(1, { min: 1, max: 65_535 }),
    minWidth: integer(1, { min: 1, max: 65_535 }),
    shape: z.enum(['keep', 'square']).default('keep'),
    border: border(),
    fill: color(0),
  }),
  identity: { pixels: 0 },
  create: ({ pixels, minHeight, minWidth, shape, border, fill }) =>
    onImage((image) => {
      const [height, width] = [image.height + 2 * pixels, image.width + 2 * pixels];
      const longer = shape === 'square' ? Math.max(height, width) : 1;
      const margins = marginsTo(
        image,
        Math.max(height, minHeight, longer),
        Math.max(width, minWidth, longer),
      );
      const none = margins.top + margins.right + margins.bottom + margins.left === 0;
      return none ? image : padImage(image, margins, border, fill);
    }),
});
