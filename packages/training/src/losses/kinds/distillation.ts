import { softmaxCrossEntropy } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { meanOf } from '../mean.ts';

/**
 * The divergence of a student from its teacher (Hinton et al. 2015, arXiv:1503.02531). In PyTorch:
 * `kl_div(log_softmax(z / T), softmax(teacher / T), reduction='batchmean') * T^2`.
 */
export const distillation = defineLoss({
  name: 'distillation',
  summary: 'Matches the softened predictions of a teacher, given as soft targets.',
  targets: 'soft',
  settings: z.strictObject({
    temperature: z
      .number()
      .positive()
      .default(2)
      .describe('softens both predictions; 1 leaves them as they are'),
    teacher: z
      .enum(['probabilities', 'logits'])
      .default('probabilities')
      .describe("what the targets hold: the teacher's probabilities or its logits"),
  }),
  create:
    ({ temperature, teacher }) =>
    ({ logits, targets, weights }) => {
      // The logarithm of a softmax differs from its logits by a constant, which the next softmax removes.
      const scores = teacher === 'logits' ? targets : tf.log(tf.clipByValue(targets, 1e-30, 1));
      const softened = tf.div(scores, temperature) as tf.Tensor2D;
      const expected = tf.softmax(softened);
      const entropy = tf.neg(tf.sum(tf.mul(expected, tf.logSoftmax(softened)), 1));
      const cross = softmaxCrossEntropy(tf.div(logits, temperature) as tf.Tensor2D, expected);
      return tf.mul(meanOf(tf.sub(cross, entropy), weights), temperature ** 2);
    },
});
