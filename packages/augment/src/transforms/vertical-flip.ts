import { flipVertically } from '../kernels/flip.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** Flips top and bottom (torchvision `RandomVerticalFlip`). */
export const verticalFlip: TransformEntry = defineTransform({
  name: 'verticalFlip',
  summary: 'Flips top and bottom.',
  settings: () => ({}),
  p: 0.5,
  create: () => onImage(flipVertically),
});
