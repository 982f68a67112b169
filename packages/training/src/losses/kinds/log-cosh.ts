import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { columnWeights, meanOfNumbers } from '../numbers.ts';

/** The mean of `log(cosh(output - target))`: like half the squared error near 0, like the absolute error far from it. */
export const logCosh = defineLoss({
  name: 'log-cosh',
  summary: 'A smooth mixture of squared and absolute difference of numbers.',
  targets: 'numbers',
  settings: z.strictObject({ columnWeights }),
  create: (settings) => (inputs) => {
    const error = tf.sub(inputs.logits, inputs.targets);
    // log cosh e = e + softplus(-2 e) - log 2, without overflow.
    const values = tf.sub(tf.add(error, tf.softplus(tf.mul(error, -2))), Math.LN2);
    return meanOfNumbers(values, settings.columnWeights, inputs, 'log-cosh');
  },
});
