import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { meanOf } from '../mean.ts';

/** The mean squared difference of probabilities and targets over samples and classes: Brier's score over K. */
export const meanSquaredError = defineLoss({
  name: 'mean-squared-error',
  summary: 'Squared difference of probabilities and targets; wrong labels cost less than with cross-entropy.',
  targets: 'soft',
  settings: z.strictObject({}),
  create:
    () =>
    ({ logits, targets, weights }) =>
      meanOf(tf.mean(tf.square(tf.sub(tf.softmax(logits), targets)), 1), weights),
});
