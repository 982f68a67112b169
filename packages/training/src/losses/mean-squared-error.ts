import * as tf from '@tensorflow/tfjs-core';
import type { LossDefinition } from './definition.ts';
import { meanOf } from './mean.ts';

/** The mean squared difference between probabilities and targets over samples and classes (Brier's score over K). */
export const meanSquaredError: LossDefinition<'mean-squared-error'> = {
  name: 'mean-squared-error',
  targets: 'soft',
  settings: {},
  compute: (_settings, { logits, targets, weights }) =>
    meanOf(tf.mean(tf.square(tf.sub(tf.softmax(logits), targets)), 1), weights),
};
