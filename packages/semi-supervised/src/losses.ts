import { differentiable, softmaxCrossEntropy } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';

/** `[B,K]` logits and `[B,K]` distributions of a head to a scalar: the loss of labeled images. */
export type SupervisedLoss = (logits: tf.Tensor2D, targets: tf.Tensor2D) => tf.Scalar;

/** The same values without gradient. */
export function constant<T extends tf.Tensor>(x: T): T {
  // An op without inputs is not recorded.
  return differentiable(
    {},
    () => tf.clone(x),
    () => ({}),
  ) as T;
}

/** Mean cross-entropy over the batch, `[B,K], [B,K] -> []`. */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return tf.mean(softmaxCrossEntropy(logits, targets));
}

/** Mean of `weights * cross-entropy` over the whole batch: unused rows count as zero. */
export function maskedCrossEntropy(
  logits: tf.Tensor2D,
  targets: tf.Tensor2D,
  weights: tf.Tensor1D,
): tf.Scalar {
  return tf.mean(tf.mul(softmaxCrossEntropy(logits, targets), weights));
}

/** The most probable class of each row, without gradient. */
export interface MostProbable {
  /** `[B]`: its probability. */
  readonly confidence: tf.Tensor1D;
  /** `[B]` int32: the class; of equal ones the first. */
  readonly classes: tf.Tensor1D;
  /** `[B,K]`: one-hot. */
  readonly targets: tf.Tensor2D;
}

/** `[B,K]` logits: the most probable class of each row. */
export function mostProbable(logits: tf.Tensor2D): MostProbable {
  const probabilities = tf.softmax(constant(logits));
  const classes = tf.argMax(probabilities, 1) as tf.Tensor1D;
  return {
    confidence: tf.max(probabilities, 1) as tf.Tensor1D,
    classes,
    targets: tf.oneHot(classes, logits.shape[1], 1, 0, 'float32') as tf.Tensor2D,
  };
}

/** `(1 - amount) * targets + amount / K`; a row of zeros, a missing label, stays. */
export function smoothLabels(targets: tf.Tensor2D, amount: number): tf.Tensor2D {
  if (amount === 0) return targets;
  const uniform = tf.mul(tf.sum(targets, 1, true), amount / targets.shape[1]);
  return tf.add(tf.mul(targets, 1 - amount), uniform);
}

/**
 * Mean squared difference of probabilities, over rows and classes: the consistency cost of the Pi-model and of Mean
 * Teacher.
 */
export function probabilityDistance(a: tf.Tensor2D, b: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.square(tf.sub(tf.softmax(a), tf.softmax(b))));
}
