import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { numberList } from '../../number-list.ts';
import { defineLoss, labelSmoothing } from '../definition.ts';
import { classRow, meanOf } from '../mean.ts';

/** `torch.nn.functional.binary_cross_entropy_with_logits`: each class by itself, the mean over samples and classes. */
export const binaryCrossEntropy = defineLoss({
  name: 'binary-cross-entropy',
  summary: 'Each class by itself, for images with several labels.',
  targets: 'multi-label',
  settings: z.strictObject({
    positiveWeights: numberList.optional().describe('weight of positives, per class'),
    labelSmoothing: labelSmoothing('moves targets toward one half: t (1 - s) + s / 2'),
  }),
  create:
    ({ positiveWeights, labelSmoothing }) =>
    ({ logits, targets, weights }) => {
      const expected =
        labelSmoothing === 0 ? targets : tf.add(tf.mul(targets, 1 - labelSmoothing), labelSmoothing / 2);
      // softplus(-x) = -log sigmoid(x), without overflow.
      let loss = tf.softplus(tf.neg(logits));
      if (positiveWeights !== undefined) {
        const row = classRow(positiveWeights, logits, 'positiveWeights of binary-cross-entropy');
        loss = tf.mul(loss, tf.add(tf.mul(tf.sub(row, 1), expected), 1));
      }
      return meanOf(tf.mean(tf.add(tf.mul(tf.sub(1, expected), logits), loss), 1), weights);
    },
});
