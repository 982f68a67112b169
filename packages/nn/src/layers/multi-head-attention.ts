import { PodiumError } from '@podium/core';
import { attention, type Windows } from '@podium/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.ts';
import { Dropout } from './dropout.ts';
import { Linear } from './linear.ts';

export interface AttentionOptions {
  readonly heads: number;
  /** Features per head. Default: features / heads. */
  readonly headFeatures?: number;
  readonly qkvBias?: boolean;
  readonly dropRate?: number;
  readonly attentionDropRate?: number;
}

/**
 * Self-attention, `[B,N,C] -> [B,N,C]` (Vaswani et al. 2017; timm's `Attention` with one `qkv` layer). A bias `[heads,N,N]` or
 * `[R,heads,N,N]`, such as one of relative positions, is added to the scores. With windows, tokens attend only to those of
 * their own window: N of the bias is then the size of a window, and image or window i gets `bias[i % R]`.
 */
export class MultiHeadAttention extends Module<
  [x: tf.Tensor3D, bias?: tf.Tensor, windows?: Windows],
  tf.Tensor3D
> {
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
        expected: 'a number of heads that divides the features',
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

  forward(x: tf.Tensor3D, bias?: tf.Tensor, windows?: Windows): tf.Tensor3D {
    const qkv = this.qkv.call(x) as tf.Tensor3D;
    const isDropping = this.attn_drop.training && this.attn_drop.rate > 0;
    const drop = isDropping ? (weights: tf.Tensor) => this.attn_drop.call(weights) : undefined;
    let y: tf.Tensor = attention(qkv, { heads: this.heads, bias, windows, drop });
    y = this.proj.call(y);
    return this.proj_drop.call(y) as tf.Tensor3D;
  }

  override extraRepr(): string {
    return `heads=${this.heads}, headFeatures=${this.headFeatures}`;
  }
}
