import { PodiumError } from '@podium/core';
import { matMul } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.ts';
import { Dropout } from './dropout.ts';
import { Linear } from './linear.ts';

export interface AttentionOptions {
  readonly heads: number;
  /** Width of a head. Default: features / heads. */
  readonly headFeatures?: number;
  readonly qkvBias?: boolean;
  readonly dropRate?: number;
  readonly attentionDropRate?: number;
}

/**
 * Self-attention, `[B,N,C] -> [B,N,C]` (Vaswani et al. 2017; timm's `Attention`, one `qkv` layer). A bias
 * `[heads,N,N]` or `[B or 1,heads,N,N]`, of relative positions say, is added to the scores.
 */
export class MultiHeadAttention extends Module<[x: tf.Tensor3D, bias?: tf.Tensor], tf.Tensor3D> {
  readonly heads: number;
  readonly headFeatures: number;
  qkv: Linear;
  attn_drop: Dropout;
  proj: Linear;
  proj_drop: Dropout;

  constructor(features: number, options: AttentionOptions) {
    super();
    const { heads, headFeatures = features / heads } = options;
    if (!Number.isInteger(headFeatures)) {
      throw new PodiumError({
        code: 'nn-heads',
        message: `attention over ${features} features`,
        expected: 'a number of heads that divides them',
        got: String(heads),
      });
    }
    this.heads = heads;
    this.headFeatures = headFeatures;
    const width = heads * headFeatures;
    this.qkv = new Linear(features, 3 * width, { bias: options.qkvBias ?? true });
    this.attn_drop = new Dropout(options.attentionDropRate ?? 0);
    this.proj = new Linear(width, features);
    this.proj_drop = new Dropout(options.dropRate ?? 0);
  }

  forward(x: tf.Tensor3D, bias?: tf.Tensor): tf.Tensor3D {
    const [batch, tokens] = x.shape;
    const { heads, headFeatures } = this;
    const qkv = tf.reshape(this.qkv.call(x), [batch, tokens, 3, heads, headFeatures]);
    // [3,B,heads,N,d]
    const [q, k, v] = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4])) as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    let scores = matMul(tf.mul(q, headFeatures ** -0.5), k, { transposeB: true });
    if (bias !== undefined) scores = tf.add(scores, bias);
    const weights = this.attn_drop.call(tf.softmax(scores));
    const mixed = tf.transpose(matMul(weights, v), [0, 2, 1, 3]);
    const y = this.proj.call(tf.reshape(mixed, [batch, tokens, heads * headFeatures]));
    return this.proj_drop.call(y) as tf.Tensor3D;
  }

  override extraRepr(): string {
    return `heads=${this.heads}, headFeatures=${this.headFeatures}`;
  }
}
