import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The mean of a loss over samples `[B] -> []`, weighted where weights are given; 0 where they are all 0.
 *
 * @param shares what each sample adds to the divisor; 1 by default
 */
export function meanOf(perSample: tf.Tensor, weights?: tf.Tensor1D, shares?: tf.Tensor1D): tf.Scalar {
  if (weights === undefined && shares === undefined) return tf.mean(perSample);
  if (weights === undefined) return ratio(tf.sum(perSample), tf.sum(shares!));
  const divisor = tf.sum(shares === undefined ? weights : tf.mul(weights, shares));
  return ratio(tf.sum(tf.mul(perSample, weights)), divisor);
}

/** Weights of classes as a row `[1,K]` to multiply with. */
export function classRow(weights: readonly number[], logits: tf.Tensor2D, what: string): tf.Tensor2D {
  const classes = logits.shape[1];
  if (weights.length !== classes) {
    throw new PodiumError({
      code: 'training-loss-shape',
      message: what,
      expected: `${classes} numbers, one a class`,
      got: String(weights.length),
    });
  }
  return tf.tensor2d([Array.from(weights)]);
}

/** A quotient by a divisor that no gradient goes through; 0 / 0 is 0. (`tf.divNoNan` has no gradient.) */
export function ratio(value: tf.Tensor, divisor: tf.Tensor): tf.Scalar {
  return tf.div(value, tf.add(divisor, tf.cast(tf.equal(divisor, 0), 'float32')));
}
