import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { ratio } from '../mean.ts';

/**
 * One minus the macro F1 score, with probabilities instead of counts. The mean is over the classes that occur in the
 * batch; the others score 0 and have no gradient, whatever the model predicts. Large batches make it less noisy. Start
 * with a sum of it and cross-entropy, see `createHeadsLoss`.
 */
export const softMacroF1 = defineLoss({
  name: 'soft-macro-f1',
  summary: 'Differentiable macro F1, to optimize that metric directly; combine it with cross-entropy.',
  targets: 'soft',
  settings: z.strictObject({
    epsilon: z.number().positive().default(1e-7).describe('added to the denominator for numerical stability'),
  }),
  create:
    ({ epsilon }) =>
    ({ logits, targets, weights }) => {
      const probabilities = tf.softmax(logits);
      const count = (values: tf.Tensor) =>
        tf.sum(weights === undefined ? values : tf.mul(values, tf.expandDims(weights, 1)), 0);
      const truePositives = count(tf.mul(probabilities, targets));
      const positives = count(targets);
      // Predicted and actual positives: 2 tp + fp + fn.
      const scores = tf.div(
        tf.mul(truePositives, 2),
        tf.add(tf.add(count(probabilities), positives), epsilon),
      );
      const occurs = tf.cast(tf.greater(positives, 0), 'float32');
      return ratio(tf.sum(tf.mul(tf.sub(1, scores), occurs)), tf.sum(occurs));
    },
});
