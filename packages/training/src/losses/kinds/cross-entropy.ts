import { softmaxCrossEntropy } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { numberList } from '../../number-list.ts';
import { defineLoss, labelSmoothing } from '../definition.ts';
import { classRow, meanOf } from '../mean.ts';

/**
 * `torch.nn.functional.cross_entropy`. With class weights, the mean divides by the sum of the weights of the targets if
 * targets are classes, and by the number of samples if they are distributions.
 */
export const crossEntropy = defineLoss({
  name: 'cross-entropy',
  summary: 'The standard loss for one label per image.',
  targets: 'soft',
  settings: z.strictObject({
    labelSmoothing: labelSmoothing('share of each target that is spread over all classes'),
    classWeights: numberList.optional().describe('weight per class'),
  }),
  create:
    ({ labelSmoothing, classWeights }) =>
    ({ logits, targets, hard, weights }) => {
      let expected: tf.Tensor2D = targets;
      if (labelSmoothing > 0) {
        expected = tf.add(tf.mul(targets, 1 - labelSmoothing), labelSmoothing / logits.shape[1]);
      }
      if (classWeights === undefined) return meanOf(softmaxCrossEntropy(logits, expected), weights);
      const row = classRow(classWeights, logits, 'classWeights of cross-entropy');
      const shares = hard ? weightsOfTargets(targets, row) : undefined;
      return meanOf(softmaxCrossEntropy(logits, tf.mul(expected, row)), weights, shares);
    },
  shares: ({ classWeights }, { logits, targets, hard }) =>
    classWeights === undefined || !hard
      ? undefined
      : weightsOfTargets(targets, classRow(classWeights, logits, 'classWeights of cross-entropy')),
});

/** `[B]`: the weight of each sample's class. */
function weightsOfTargets(targets: tf.Tensor2D, row: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(tf.mul(targets, row), 1);
}
