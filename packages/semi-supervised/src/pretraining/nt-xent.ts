import { softmaxCrossEntropy } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The normalized temperature-scaled cross-entropy of SimCLR (Chen et al. 2020, arXiv:2002.05709), `[B,D], [B,D] -> []`:
 * each of the 2B embeddings has to find its other view among the 2B - 1 others by cosine similarity; the mean over all.
 */
export function ntXent(first: tf.Tensor2D, second: tf.Tensor2D, temperature: number): tf.Scalar {
  const [size] = first.shape;
  const z = unitRows(tf.concat([first, second], 0));
  const similarity = tf.div(tf.matMul(z, z, false, true), temperature);
  // An embedding is not its own other view: exp(-1e9) is 0.
  const others = tf.sub(similarity, tf.mul(tf.eye(2 * size), 1e9)) as tf.Tensor2D;
  const partner = Int32Array.from({ length: 2 * size }, (_, i) => (i + size) % (2 * size));
  const targets = tf.oneHot(tf.tensor1d(partner, 'int32'), 2 * size, 1, 0, 'float32') as tf.Tensor2D;
  return tf.mean(softmaxCrossEntropy(others, targets));
}

/** `[B,D]`: each row divided by its length; zeros stay. */
function unitRows(x: tf.Tensor2D): tf.Tensor2D {
  const squares = tf.sum(tf.square(x), 1, true);
  return tf.mul(x, tf.rsqrt(tf.maximum(squares, 1e-12)));
}
