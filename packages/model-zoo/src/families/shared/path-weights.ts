import * as tf from '@tensorflow/tfjs-core';

/**
 * Weights of parallel paths, which add up to 1 in each channel: the softmax over the paths, `[B,P,C] -> P x [B,C]`.
 *
 * @param scores `[B,P,C]`
 */
export function pathWeights(scores: tf.Tensor3D): tf.Tensor2D[] {
  return tf.unstack(tf.softmax(tf.transpose(scores, [0, 2, 1])), 2) as tf.Tensor2D[];
}

/** Of tensors of the same shape. */
export function sum<T extends tf.Tensor>(tensors: readonly T[]): T {
  return tensors.reduce((total, tensor) => tf.add<T>(total, tensor));
}
