import {
  Dropout,
  GELU,
  type GlobalPool,
  LayerNorm2d,
  Linear,
  Module,
  type SelectAdaptivePool2d,
  Sequential,
  Tanh,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type Classes, type Classifier, makeClassifier, makePool } from '../../image-model.ts';

export interface NormMlpHeadOptions {
  readonly globalPool: GlobalPool;
  readonly dropRate: number;
  readonly epsilon: number;
  /** Width of a layer before the classifier. Default: no such layer. */
  readonly hidden?: number | undefined;
  /** After that layer. Default `gelu`. */
  readonly activation?: 'gelu' | 'tanh';
}

/** Pools, normalizes, drops, classifies, `[B,H,W,C] -> [B,K]`: timm's `NormMlpClassifierHead`. */
export class NormMlpHead extends Module<
  [x: tf.Tensor4D, options?: { readonly preLogits?: boolean }],
  tf.Tensor
> {
  readonly channels: number;
  readonly hidden: number | undefined;
  readonly activation: 'gelu' | 'tanh';
  global_pool: SelectAdaptivePool2d;
  norm: LayerNorm2d;
  pre_logits: Sequential | null;
  drop: Dropout;
  fc: Classifier;

  constructor(channels: number, classes: Classes, options: NormMlpHeadOptions) {
    super();
    const { globalPool, dropRate, epsilon, hidden, activation = 'gelu' } = options;
    this.activation = activation;
    this.channels = channels;
    this.hidden = hidden;
    const { pool, features } = makePool(globalPool, channels);
    this.global_pool = pool;
    this.norm = new LayerNorm2d(channels, { epsilon });
    this.pre_logits = hidden === undefined ? null : makePreLogits(features, hidden, activation);
    this.drop = new Dropout(dropRate);
    this.fc = makeClassifier(hidden ?? features, classes);
  }

  get numFeatures(): number {
    return this.hidden ?? this.channels * this.global_pool.featureMultiplier;
  }

  forward(x: tf.Tensor4D, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    const pooled = this.global_pool.call(x);
    const { shape } = pooled;
    // Two kinds of pooling side by side are normalized separately, so that the norm fits the same weights.
    const rows = tf.reshape(pooled, [...shape.slice(0, -1), shape.at(-1)! / this.channels, this.channels]);
    let y = tf.reshape(this.norm.call(rows), shape);
    if (this.pre_logits !== null) y = this.pre_logits.call(y);
    y = this.drop.call(y);
    return preLogits ? y : this.fc.call(y);
  }

  reset(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const { pool, features } = makePool(globalPool, this.channels);
    if (this.hidden !== undefined && pool.featureMultiplier !== this.global_pool.featureMultiplier) {
      this.pre_logits?.dispose();
      this.pre_logits = makePreLogits(features, this.hidden, this.activation);
    }
    this.global_pool.dispose();
    this.global_pool = pool;
    this.fc.dispose();
    this.fc = makeClassifier(this.numFeatures, classes);
  }
}

function makePreLogits(features: number, hidden: number, activation: 'gelu' | 'tanh'): Sequential {
  return new Sequential({
    fc: new Linear(features, hidden),
    act: activation === 'tanh' ? new Tanh() : new GELU(),
  });
}
