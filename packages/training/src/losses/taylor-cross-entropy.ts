import * as tf from '@tensorflow/tfjs-core';
import { number } from '../settings.ts';
import type { LossDefinition } from './definition.ts';
import { meanOf } from './mean.ts';

interface TaylorCrossEntropySettings {
  /** Number of terms: 1 is the mean absolute error, which wrong labels hardly move; many are cross-entropy. */
  readonly terms: number;
}

/**
 * The first terms of the Taylor series of `-log p` at `p = 1`, `sum_k (1 - p)^k / k`, for labels that may be wrong
 * (Feng et al. 2020, "Can cross entropy loss be robust to label noise?").
 */
export const taylorCrossEntropy: LossDefinition<'taylor-cross-entropy', TaylorCrossEntropySettings> = {
  name: 'taylor-cross-entropy',
  targets: 'soft',
  settings: { terms: number(2, { from: 1, to: 100, whole: true }) },
  compute({ terms }, { logits, targets, weights }) {
    const wrong = tf.sub(1, tf.softmax(logits));
    // Horner's rule: w (1 + w (1/2 + w (1/3 + ...))).
    let sum: tf.Tensor = tf.fill(wrong.shape, 1 / terms);
    for (let k = terms - 1; k >= 1; k--) sum = tf.add(tf.mul(sum, wrong), 1 / k);
    return meanOf(tf.sum(tf.mul(targets, tf.mul(sum, wrong)), 1), weights);
  },
};
