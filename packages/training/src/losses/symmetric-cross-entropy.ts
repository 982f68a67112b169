import { softmaxCrossEntropy } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { number } from '../settings.ts';
import type { LossDefinition } from './definition.ts';
import { meanOf } from './mean.ts';

interface SymmetricCrossEntropySettings {
  /** Weight of the ordinary cross-entropy. */
  readonly alpha: number;
  /** Weight of the reversed one, which wrong labels move less. */
  readonly beta: number;
  /** What stands for a target of 0 under the logarithm. */
  readonly floor: number;
}

/**
 * Cross-entropy both ways, for labels that may be wrong (Wang et al. 2019, arXiv:1908.06112); defaults are those of the
 * authors' code for CIFAR-10.
 */
export const symmetricCrossEntropy: LossDefinition<'symmetric-cross-entropy', SymmetricCrossEntropySettings> =
  {
    name: 'symmetric-cross-entropy',
    targets: 'soft',
    settings: {
      alpha: number(0.1, { from: 0 }),
      beta: number(1, { from: 0 }),
      floor: number(1e-4, { above: 0, below: 1 }),
    },
    compute({ alpha, beta, floor }, { logits, targets, weights }) {
      const probabilities = tf.clipByValue(tf.softmax(logits), 1e-7, 1);
      const reverse = tf.neg(tf.sum(tf.mul(probabilities, tf.log(tf.clipByValue(targets, floor, 1))), 1));
      const forward = softmaxCrossEntropy(logits, targets);
      return meanOf(tf.add(tf.mul(forward, alpha), tf.mul(reverse, beta)), weights);
    },
  };
