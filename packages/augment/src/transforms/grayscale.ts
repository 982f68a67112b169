import { desaturate } from '../kernels/color.ts';
import { defineTransform, inPlace, type TransformEntry } from '../transform.ts';

/** Replaces colors by their gray, in as many channels as before (torchvision `RandomGrayscale`, PIL `convert('L')`). */
export const grayscale: TransformEntry = defineTransform({
  name: 'grayscale',
  summary: 'Takes the colors away.',
  settings: {},
  p: 0.1,
  create: () => inPlace(desaturate),
});
