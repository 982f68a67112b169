import { flipHorizontally } from '../kernels/flip.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** Flips left and right (torchvision `RandomHorizontalFlip`). */
export const horizontalFlip: TransformEntry = defineTransform({
  name: 'horizontalFlip',
  summary: 'Flips left and right.',
  settings: () => ({}),
  p: 0.5,
  create: () => onImage(flipHorizontally),
});
