import { transposeImage } from '../kernels/flip.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';

/** Swaps rows and columns (Albumentations `Transpose`). With both flips it reaches all eight orientations. */
export const transpose: TransformEntry = defineTransform({
  name: 'transpose',
  summary: 'Swaps rows and columns.',
  settings: () => ({}),
  p: 0.5,
  create: () => onImage(transposeImage),
});
