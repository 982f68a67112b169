import { desaturate } from '../kernels/colour.ts';
import { defineTransform, inPlace, type TransformEntry } from '../transform.ts';

/** Replaces colours by their grey, in as many channels as before (torchvision `RandomGrayscale`, PIL `convert('L')`). */
export const grayscale: TransformEntry = defineTransform({
  name: 'grayscale',
  summary: 'Takes the colours away.',
  settings: {},
  p: 0.1,
  create: () => inPlace(desaturate),
});
