import { transposeImage } from '../kernels/flip.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** Swaps rows and columns, half of the time (Albumentations `Transpose`): with both flips it gives all eight poses. */
export const transpose: TransformEntry = defineTransform({
  name: 'transpose',
  summary: 'Swaps rows and columns.',
  settings: {},
  p: 0.5,
  create: () => onImage(transposeImage),
});
