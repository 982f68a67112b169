import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { meanOf } from '../mean.ts';

/**
 * The first terms of the Taylor series of `-log p` at `p = 1`: `sum_k (1 - p)^k / k` (Feng et al. 2020, "Can cross
 * entropy loss be robust to label noise?").
 */
export const taylorCrossEntropy = defineLoss({
  name: 'taylor-cross-entropy',
  summary: 'First terms of cross-entropy, for labels of which some are wrong.',
  targets: 'soft',
  settings: z.strictObject({
    terms: z
      .int()
      .min(1)
      .max(100)
      .default(2)
      .describe(
        'number of terms: 1 is the mean absolute error, robust to wrong labels; many are cross-entropy',
      ),
  }),
  create:
    ({ terms }) =>
    ({ logits, targets, weights }) => {
      const wrong = tf.sub(1, tf.softmax(logits));
      // Horner's rule: w (1 + w (1/2 + w (1/3 + ...))).
      let sum: tf.Tensor = tf.fill(wrong.shape, 1 / terms);
      for (let k = terms - 1; k >= 1; k--) sum = tf.add(tf.mul(sum, wrong), 1 / k);
      return meanOf(tf.sum(tf.mul(targets, tf.mul(sum, wrong)), 1), weights);
    },
});
