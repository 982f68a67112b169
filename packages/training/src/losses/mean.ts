import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The mean over samples `[B] -> []`, weighted if weights are given; 0 if they are all 0.
 *
 * @param shares what each sample adds to the divisor. Default 1
 */
export function meanOf(perSample: tf.Tensor, weights?: tf.Tensor1D, shares?: tf.Tensor1D): tf.Scalar {
  if (weights === undefined && shares === undefined) return tf.mean(perSample);
  if (weights === undefined) return ratio(tf.sum(perSample), tf.sum(shares!));
  const divisor = tf.sum(shares === undefined ? weights : tf.mul(weights, shares));
  return ratio(tf.sum(tf.mul(perSample, weights)), divisor);
}

/** Class weights as a row `[1,K]`. @param what for messages */
export function classRow(weights: ArrayLike<number>, logits: tf.Tensor2D, what: string): tf.Tensor2D {
  const classes = logits.shape[1];
  if (weights.length !== classes) {
    throw new PodiumError({
      code: 'training-loss-shape',
      message: what,
      expected: `${classes} numbers, one per class`,
      got: String(weights.length),
    });
  }
  return tf.tensor2d([Array.from(weights)]);
}

/** A quotient by a divisor without gradient; 0 / 0 is 0. (`tf.divNoNan` has no gradient at all.) */
export function ratio(value: tf.Tensor, divisor: tf.Tensor): tf.Scalar {
  return tf.div(value, tf.add(divisor, tf.cast(tf.equal(divisor, 0), 'float32')));
}
