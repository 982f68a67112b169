import {
  Dropout,
  type GlobalPool,
  Identity,
  LayerNorm,
  LayerNorm2d,
  Linear,
  Module,
  type SelectAdaptivePool2d,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Classes,
  type Classifier,
  type ModelOptions,
  makeClassifier,
  makePool,
} from '../../image-model.ts';

const EPSILON = 1e-6;
const EXPANSION = 4;

/** `relu(x)^2` for any shape (So et al. 2021, arXiv 2109.08668). */
class SquaredRelu extends Module<[x: tf.Tensor], tf.Tensor> {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.square(tf.relu(x));
  }
}

/** A hidden layer with squared ReLU, a norm and the classifier, `[B,C] -> [B,K]`. */
class MlpClassifier extends Module<[x: tf.Tensor, preLogits: boolean], tf.Tensor> {
  fc1: Linear;
  act: SquaredRelu;
  norm: LayerNorm;
  fc2: Classifier;

  constructor(features: number, classes: Classes) {
    super();
    const hidden = EXPANSION * features;
    this.fc1 = new Linear(features, hidden);
    this.act = new SquaredRelu();
    this.norm = new LayerNorm(hidden, { epsilon: EPSILON });
    this.fc2 = makeClassifier(hidden, classes);
  }

  forward(x: tf.Tensor, preLogits: boolean): tf.Tensor {
    const y = this.norm.call(this.act.call(this.fc1.call(x)));
    return preLogits ? y : this.fc2.call(y);
  }
}

/** Pools, normalizes, drops, classifies, `[B,H,W,C] -> [B,K]`. */
export class MetaFormerHead extends Module<[x: tf.Tensor4D, preLogits: boolean], tf.Tensor> {
  readonly channels: number;
  readonly mlp: boolean;
  global_pool: SelectAdaptivePool2d;
  norm: LayerNorm2d;
  drop: Dropout;
  fc: MlpClassifier | Classifier;

  constructor(channels: number, classes: Classes, mlp: boolean, options: ModelOptions) {
    super();
    this.channels = channels;
    this.mlp = mlp;
    this.global_pool = makePool(options.globalPool ?? 'avg', channels).pool;
    this.norm = new LayerNorm2d(channels, { epsilon: EPSILON });
    this.drop = new Dropout(options.dropRate);
    this.fc = this.makeFc(classes);
  }

  /** Whether there is a hidden layer: not without classes. */
  get hasHidden(): boolean {
    return this.fc instanceof MlpClassifier;
  }

  get numFeatures(): number {
    const pooled = this.channels * this.global_pool.featureMultiplier;
    return this.fc instanceof MlpClassifier ? EXPANSION * pooled : pooled;
  }

  forward(x: tf.Tensor4D, preLogits: boolean): tf.Tensor {
    const pooled = this.global_pool.call(x);
    const { shape } = pooled;
    const rows = tf.reshape(pooled, [...shape.slice(0, -1), shape.at(-1)! / this.channels, this.channels]);
    const y = this.drop.call(tf.reshape(this.norm.call(rows), shape));
    if (this.fc instanceof MlpClassifier) return this.fc.call(y, preLogits);
    return preLogits ? y : this.fc.call(y);
  }

  reset(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    this.global_pool.dispose();
    this.global_pool = makePool(globalPool, this.channels).pool;
    this.fc.dispose();
    this.fc = this.makeFc(classes);
  }

  protected makeFc(classes: Classes): MlpClassifier | Classifier {
    const features = this.channels * this.global_pool.featureMultiplier;
    if (classes === 0) return new Identity();
    return this.mlp ? new MlpClassifier(features, classes) : makeClassifier(features, classes);
  }
}
