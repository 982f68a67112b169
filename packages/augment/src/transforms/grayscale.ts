import { desaturate } from '../kernels/color.ts';
import { defineTransform, inPlace, type TransformEntry } from '../transform.ts';

/** Converts to gray, keeping the number of channels (torchvision `RandomGrayscale`, PIL `convert('L')`). */
export const grayscale: TransformEntry = defineTransform({
  name: 'grayscale',
  summary: 'Converts to gray.',
  settings: () => ({}),
  p: 0.1,
  create: () => inPlace(desaturate),
});
