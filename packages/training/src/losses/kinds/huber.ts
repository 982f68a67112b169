import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { columnWeights, meanOfNumbers } from '../numbers.ts';

/**
 * `torch.nn.functional.huber_loss` (Huber 1964): squared below `delta`, linear above it, so that a few wild targets cannot
 * outweigh all others.
 */
export const huber = defineLoss({
  name: 'huber',
  summary: 'Squared difference of numbers for small mistakes, absolute for large ones; robust to outliers.',
  targets: 'numbers',
  settings: z.strictObject({
    delta: z
      .number()
      .positive()
      .default(1)
      .describe('where it becomes linear, in standard deviations of the target'),
    columnWeights,
  }),
  create:
    ({ delta, columnWeights: weights }) =>
    (inputs) => {
      const error = tf.abs(tf.sub(inputs.logits, inputs.targets));
      const small = tf.minimum(error, delta);
      // 0.5 e² up to delta, and delta (e - delta / 2) from there on.
      const values = tf.add(tf.mul(tf.square(small), 0.5), tf.mul(tf.sub(error, small), delta));
      return meanOfNumbers(values, weights, inputs, 'huber');
    },
});
