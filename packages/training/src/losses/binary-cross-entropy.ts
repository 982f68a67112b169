import * as tf from '@tensorflow/tfjs-core';
import { number, numbers, optional } from '../settings.ts';
import type { LossDefinition } from './definition.ts';
import { classRow, meanOf } from './mean.ts';

interface BinaryCrossEntropySettings {
  /** How much a positive counts, for each class. */
  readonly positiveWeights: readonly number[] | undefined;
  /** Moves targets toward one half: `t (1 - s) + s / 2`. */
  readonly labelSmoothing: number;
}

/** Each class on its own: `torch.nn.functional.binary_cross_entropy_with_logits`, the mean over samples and classes. */
export const binaryCrossEntropy: LossDefinition<'binary-cross-entropy', BinaryCrossEntropySettings> = {
  name: 'binary-cross-entropy',
  targets: 'multi-label',
  settings: {
    positiveWeights: optional(numbers<readonly number[]>([], { from: 0 })),
    labelSmoothing: number(0, { from: 0, to: 1 }),
  },
  compute({ positiveWeights, labelSmoothing }, { logits, targets, weights }) {
    const expected =
      labelSmoothing === 0 ? targets : tf.add(tf.mul(targets, 1 - labelSmoothing), labelSmoothing / 2);
    // softplus(-x) = -log sigmoid(x), without overflow.
    let surprise = tf.softplus(tf.neg(logits));
    if (positiveWeights !== undefined) {
      const row = classRow(positiveWeights, logits, 'positiveWeights of binary-cross-entropy');
      surprise = tf.mul(surprise, tf.add(tf.mul(tf.sub(row, 1), expected), 1));
    }
    return meanOf(tf.mean(tf.add(tf.mul(tf.sub(1, expected), logits), surprise), 1), weights);
  },
};
