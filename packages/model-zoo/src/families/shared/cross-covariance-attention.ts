import { matMul } from '@podium/engine';
import { init, Linear, Module, Parameter } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { ScaledLinear } from './scaled-mlp.ts';

/**
 * Attention between channels instead of positions, `[B,N,C] -> [B,N,C]`; the result is multiplied by `scale`, `[C]` (XCiT:
 * El-Nouby et al. 2021, arXiv 2106.09681).
 */
export class CrossCovarianceAttention extends Module<[x: tf.Tensor3D, scale: tf.Tensor1D], tf.Tensor3D> {
  readonly heads: number;
  temperature: Parameter;
  qkv: Linear;
  proj: ScaledLinear;

  constructor(features: number, heads: number) {
    super();
    this.heads = heads;
    this.temperature = new Parameter([heads, 1, 1], init.ones);
    this.qkv = new Linear(features, 3 * features);
    this.proj = new ScaledLinear(features, features);
  }

  forward(x: tf.Tensor3D, scale: tf.Tensor1D): tf.Tensor3D {
    const { heads } = this;
    const [batch, tokens, features] = x.shape;
    const parts = tf.reshape(this.qkv.call(x), [batch, tokens, 3, heads, features / heads]);
    // 3 x [B,heads,N,d]
    const [q, k, v] = tf.unstack(tf.transpose(parts, [2, 0, 3, 1, 4])) as [tf.Tensor, tf.Tensor, tf.Tensor];
    // Dividing the scores by the lengths of q and k is the same as dividing q and k, on smaller tensors.
    const lengths = tf.mul(tf.transpose(lengthOf(q), [0, 1, 3, 2]), lengthOf(k));
    const scores = tf.div(matMul(q, k, { transposeA: true }), lengths);
    const weights = tf.softmax(tf.mul(scores, this.temperature.data));
    const mixed = tf.transpose(matMul(v, weights, { transposeB: true }), [0, 2, 1, 3]);
    return this.proj.call(tf.reshape(mixed, [batch, tokens, features]), scale) as tf.Tensor3D;
  }
}

/** `[B,heads,N,d] -> [B,heads,1,d]` */
function lengthOf(x: tf.Tensor): tf.Tensor {
  return tf.maximum(tf.sqrt(tf.sum(tf.square(x), 2, true)), 1e-12);
}
