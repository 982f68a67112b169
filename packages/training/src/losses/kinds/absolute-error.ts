import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { columnWeights, meanOfNumbers } from '../numbers.ts';

/** `torch.nn.functional.l1_loss`: the mean absolute error of numbers. */
export const absoluteError = defineLoss({
  name: 'absolute-error',
  summary: 'Absolute difference of numbers, as in MAE; learns the median.',
  targets: 'numbers',
  settings: z.strictObject({ columnWeights }),
  create: (settings) => (inputs) =>
    meanOfNumbers(
      tf.abs(tf.sub(inputs.logits, inputs.targets)),
      settings.columnWeights,
      inputs,
      'absolute-error',
    ),
});
