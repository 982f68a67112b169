import { flipVertically } from '../kernels/flip.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** Mirrors top and bottom, half of the time (torchvision `RandomVerticalFlip`). */
export const verticalFlip: TransformEntry = defineTransform({
  name: 'verticalFlip',
  summary: 'Mirrors top and bottom.',
  settings: {},
  p: 0.5,
  create: () => onImage(flipVertically),
});
