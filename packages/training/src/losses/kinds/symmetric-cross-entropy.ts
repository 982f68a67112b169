import { softmaxCrossEntropy } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { meanOf } from '../mean.ts';

/** Cross-entropy in both directions (Wang et al. 2019, arXiv:1908.06112). Defaults: the authors' code for CIFAR-10. */
export const symmetricCrossEntropy = defineLoss({
  name: 'symmetric-cross-entropy',
  summary: 'Cross-entropy in both directions, for labels of which some are wrong.',
  targets: 'soft',
  settings: z.strictObject({
    alpha: z.number().min(0).default(0.1).describe('weight of the usual cross-entropy'),
    beta: z.number().min(0).default(1).describe('weight of the reverse one, which is robust to wrong labels'),
    floor: z.number().gt(0).lt(1).default(1e-4).describe('replaces targets of 0 in the logarithm'),
  }),
  create:
    ({ alpha, beta, floor }) =>
    ({ logits, targets, weights }) => {
      const probabilities = tf.clipByValue(tf.softmax(logits), 1e-7, 1);
      const reverse = tf.neg(tf.sum(tf.mul(probabilities, tf.log(tf.clipByValue(targets, floor, 1))), 1));
      const forward = softmaxCrossEntropy(logits, targets);
      return meanOf(tf.add(tf.mul(forward, alpha), tf.mul(reverse, beta)), weights);
    },
});
