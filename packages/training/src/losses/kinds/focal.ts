import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { numberList } from '../../number-list.ts';
import { defineLoss } from '../definition.ts';
import { classRow, meanOf } from '../mean.ts';

/** Focal loss over a softmax (Lin et al. 2017, arXiv:1708.02002): `sum(t * (1 - p)^gamma * -log p)`. */
export const focal = defineLoss({
  name: 'focal',
  summary: 'Cross-entropy that counts easy samples less, for rare classes.',
  targets: 'soft',
  settings: z.strictObject({
    gamma: z.number().min(0).default(2).describe('how much less easy samples count; 0 is cross-entropy'),
    classWeights: numberList
      .optional()
      .describe("weight per class, the paper's alpha; the mean divides by the number of samples"),
  }),
  create:
    ({ gamma, classWeights }) =>
    ({ logits, targets, weights }) => {
      const logs = tf.logSoftmax(logits);
      // Not 0, where the slope of a power below 1 is infinite.
      const wrong = tf.clipByValue(tf.sub(1, tf.exp(logs)), 1e-12, 1);
      let expected = targets;
      if (classWeights !== undefined) {
        expected = tf.mul(targets, classRow(classWeights, logits, 'classWeights of focal'));
      }
      return meanOf(tf.neg(tf.sum(tf.mul(expected, tf.mul(tf.pow(wrong, gamma), logs)), 1)), weights);
    },
});
