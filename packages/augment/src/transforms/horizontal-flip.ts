import { flipHorizontally } from '../kernels/flip.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** Mirrors left and right, half of the time (torchvision `RandomHorizontalFlip`). */
export const horizontalFlip: TransformEntry = defineTransform({
  name: 'horizontalFlip',
  summary: 'Mirrors left and right.',
  settings: {},
  p: 0.5,
  create: () => onImage(flipHorizontally),
});
