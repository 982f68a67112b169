import * as tf from '@tensorflow/tfjs-core';
import { number, numbers, optional } from '../settings.ts';
import type { LossDefinition } from './definition.ts';
import { classRow, meanOf } from './mean.ts';

interface FocalSettings {
  /** How fast samples that are right already stop to count; 0 is cross-entropy. */
  readonly gamma: number;
  /** How much each class counts (the paper's alpha); the mean divides by the number of samples. */
  readonly classWeights: readonly number[] | undefined;
}

/** Focal loss over a softmax (Lin et al. 2017, arXiv:1708.02002): `sum(t * (1 - p)^gamma * -log p)`. */
export const focal: LossDefinition<'focal', FocalSettings> = {
  name: 'focal',
  targets: 'soft',
  settings: {
    gamma: number(2, { from: 0 }),
    classWeights: optional(numbers<readonly number[]>([], { from: 0 })),
  },
  compute({ gamma, classWeights }, { logits, targets, weights }) {
    const logs = tf.logSoftmax(logits);
    // Away from 0, where the slope of a power below 1 has no end.
    const wrong = tf.clipByValue(tf.sub(1, tf.exp(logs)), 1e-12, 1);
    let expected = targets;
    if (classWeights !== undefined) {
      expected = tf.mul(targets, classRow(classWeights, logits, 'classWeights of focal'));
    }
    return meanOf(tf.neg(tf.sum(tf.mul(expected, tf.mul(tf.pow(wrong, gamma), logs)), 1)), weights);
  },
};
