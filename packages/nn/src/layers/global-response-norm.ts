import * as tf from '@tensorflow/tfjs-core';
import { zeros } from '../init.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';

/**
 * Global response normalization, `[B,H,W,C] -> [B,H,W,C]` (Woo et al. 2023, ConvNeXt V2; timm's `GlobalResponseNorm`):
 * `x + bias + weight * x * g / mean(g)` where g is the L2 norm of each channel over all positions.
 */
export class GlobalResponseNorm extends Module {
  readonly isNorm = true;
  readonly epsilon: number;
  weight: Parameter;
  bias: Parameter;

  constructor(channels: number, options: { readonly epsilon?: number } = {}) {
    super();
    this.epsilon = options.epsilon ?? 1e-6;
    this.weight = new Parameter([channels], zeros);
    this.bias = new Parameter([channels], zeros);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const norms = tf.sqrt(tf.sum(tf.square(x), [1, 2], true));
    const relative = tf.div(norms, tf.add(tf.mean(norms, -1, true), this.epsilon));
    // (1 + weight * relative) is [B,1,1,C]: one pass over x instead of three.
    return tf.add(tf.mul(x, tf.add(tf.mul(relative, this.weight.data), 1)), this.bias.data);
  }
}
