import { marginsTo, padImage } from '../kernels/pad.ts';
import { choice, color, integer } from '../settings/fields.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/**
 * Margins of `pixels` on every side, and more where the image is still below `minHeight` or `minWidth`; `square`
 * brings the shorter side to the longer (torchvision `Pad`, Albumentations `PadIfNeeded`).
 */
export const pad: TransformEntry = defineTransform({
  name: 'pad',
  summary: 'Puts margins around the image.',
  settings: {
    pixels: integer(4, { min: 0, max: 4096 }),
    minHeight: integer(1, { min: 1, max: 65_535 }),
    minWidth: integer(1, { min: 1, max: 65_535 }),
    shape: choice(['keep', 'square'], 'keep'),
    border: choice(['constant', 'reflect', 'edge'], 'constant'),
    fill: color(0),
  },
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
