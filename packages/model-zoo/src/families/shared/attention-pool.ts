import { matMul } from '@podium/engine';
import { init, LayerNorm, Linear, Mlp, type MlpOptions, Module, Parameter } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

interface AttentionPoolOptions {
  readonly heads: number;
  /** Hidden features of the MLP. */
  readonly hidden: number;
  readonly activation?: MlpOptions['activation'];
  readonly epsilon: number;
}

/**
 * A learned query attends to all tokens, and an MLP follows, `[B,N,C] -> [B,C]` (Zhai et al. 2022, arXiv 2106.04560; timm's
 * `AttentionPoolLatent` with one query).
 */
export class AttentionPool extends Module<[tokens: tf.Tensor], tf.Tensor> {
  readonly heads: number;
  latent: Parameter;
  q: Linear;
  kv: Linear;
  proj: Linear;
  norm: LayerNorm;
  mlp: Mlp;

  constructor(features: number, { heads, hidden, activation, epsilon }: AttentionPoolOptions) {
    super();
    this.heads = heads;
    this.latent = new Parameter([1, 1, features], init.truncatedNormal(features ** -0.5));
    this.q = new Linear(features, features);
    this.kv = new Linear(features, 2 * features);
    this.proj = new Linear(features, features);
    this.norm = new LayerNorm(features, { epsilon });
    this.mlp = new Mlp(features, { hidden, ...(activation === undefined ? {} : { activation }) });
  }

  /**
   * There is one query for all images, so the scores of all heads are one product with a block-diagonal matrix, and nothing is
   * transposed but the scores.
   */
  forward(tokens: tf.Tensor): tf.Tensor {
    const [batch = 1, count = 1, features = 1] = tokens.shape;
    const { heads } = this;
    const blocks = this.blocksOf(features);
    const query = tf.reshape(this.q.call(this.latent.data), [features, 1]);
    const scaled = tf.mul(query, (features / heads) ** -0.5);
    const [keys, values] = tf.split(this.kv.call(tokens), 2, -1) as [tf.Tensor, tf.Tensor];
    const scores = matMul(tf.reshape(keys, [batch * count, features]), tf.mul(blocks, scaled));
    const weights = tf.softmax(tf.transpose(tf.reshape(scores, [batch, count, heads]), [0, 2, 1]));
    const mixed = matMul(weights, values);
    const pooled = tf.sum(tf.mul(mixed, tf.transpose(blocks)), 1);
    const y = this.proj.call(pooled);
    return tf.add(y, this.mlp.call(this.norm.call(y)));
  }

  /** `[C,heads]`: 1 where a feature belongs to a head. */
  protected blocksOf(features: number): tf.Tensor {
    const perHead = features / this.heads;
    const values = new Float32Array(features * this.heads);
    for (let i = 0; i < features; i++) values[i * this.heads + Math.floor(i / perHead)] = 1;
    return tf.tensor2d(values, [features, this.heads]);
  }

  override extraRepr(): string {
    return `heads=${this.heads}`;
  }
}
