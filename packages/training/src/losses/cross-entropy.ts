import { softmaxCrossEntropy } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { number, numbers, optional } from '../settings.ts';
import type { LossDefinition } from './definition.ts';
import { classRow, meanOf } from './mean.ts';

interface CrossEntropySettings {
  /** The part of each target that goes to all classes alike. */
  readonly labelSmoothing: number;
  /** How much each class counts. */
  readonly classWeights: readonly number[] | undefined;
}

/**
 * `torch.nn.functional.cross_entropy`. With class weights its mean divides by the sum of the weights of the targets where
 * classes are given, and by the number of samples where distributions are.
 */
export const crossEntropy: LossDefinition<'cross-entropy', CrossEntropySettings> = {
  name: 'cross-entropy',
  targets: 'soft',
  settings: {
    labelSmoothing: number(0, { from: 0, to: 1 }),
    classWeights: optional(numbers<readonly number[]>([], { from: 0 })),
  },
  compute({ labelSmoothing, classWeights }, { logits, targets, hard, weights }) {
    let expected: tf.Tensor2D = targets;
    if (labelSmoothing > 0) {
      expected = tf.add(tf.mul(targets, 1 - labelSmoothing), labelSmoothing / logits.shape[1]);
    }
    if (classWeights === undefined) return meanOf(softmaxCrossEntropy(logits, expected), weights);
    const row = classRow(classWeights, logits, 'classWeights of cross-entropy');
    const shares = hard ? tf.sum(tf.mul(targets, row), 1) : undefined;
    return meanOf(
      softmaxCrossEntropy(logits, tf.mul(expected, row)),
      weights,
      shares as tf.Tensor1D | undefined,
    );
  },
};
