import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { columnWeights, meanOfNumbers } from '../numbers.ts';

/** `torch.nn.functional.mse_loss`: the mean squared error of numbers. */
export const squaredError = defineLoss({
  name: 'squared-error',
  summary: 'Squared difference of numbers; far mistakes count most, as in RMSE and R².',
  targets: 'numbers',
  settings: z.strictObject({ columnWeights }),
  create: (settings) => (inputs) =>
    meanOfNumbers(
      tf.square(tf.sub(inputs.logits, inputs.targets)),
      settings.columnWeights,
      inputs,
      'squared-error',
    ),
});
