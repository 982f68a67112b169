import * as tf from '@tensorflow/tfjs-core';
import { number } from '../settings.ts';
import type { LossDefinition } from './definition.ts';
import { ratio } from './mean.ts';

interface SoftMacroF1Settings {
  /** Keeps quotients finite. */
  readonly epsilon: number;
}

/**
 * One minus the macro F1 score with probabilities in the place of counts. The mean goes over the classes that occur in
 * the batch: the others have a score of 0 and no slope, whatever the model does. Large batches make it less noisy; mix
 * it with cross-entropy (see `createHeadsLoss` for sums) to begin with.
 */
export const softMacroF1: LossDefinition<'soft-macro-f1', SoftMacroF1Settings> = {
  name: 'soft-macro-f1',
  targets: 'soft',
  settings: { epsilon: number(1e-7, { above: 0 }) },
  compute({ epsilon }, { logits, targets, weights }) {
    const probabilities = tf.softmax(logits);
    const count = (values: tf.Tensor) =>
      tf.sum(weights === undefined ? values : tf.mul(values, tf.expandDims(weights, 1)), 0);
    const truePositives = count(tf.mul(probabilities, targets));
    const there = count(targets);
    // All that was predicted and all that there is: 2 tp + fp + fn.
    const scores = tf.div(tf.mul(truePositives, 2), tf.add(tf.add(count(probabilities), there), epsilon));
    const occurs = tf.cast(tf.greater(there, 0), 'float32');
    return ratio(tf.sum(tf.mul(tf.sub(1, scores), occurs)), tf.sum(occurs));
  },
};
