import { Dropout, type GlobalPool, Module, type SelectAdaptivePool2d } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { type Classes, type Classifier, makeClassifier, makePool } from './image-model.ts';

/** Pools, drops and classifies, `[B,H,W,C] -> [B,K]`: timm's `ClassifierHead`. */
export class ClassifierHead extends Module<
  [x: tf.Tensor4D, options?: { readonly preLogits?: boolean }],
  tf.Tensor
> {
  /** C of what it gets. */
  readonly channels: number;
  global_pool: SelectAdaptivePool2d;
  drop: Dropout;
  fc: Classifier;

  constructor(channels: number, classes: Classes, globalPool: GlobalPool, dropRate: number) {
    super();
    this.channels = channels;
    const { pool, features } = makePool(globalPool, channels);
    this.global_pool = pool;
    this.drop = new Dropout(dropRate);
    this.fc = makeClassifier(features, classes);
  }

  /** Width of what the classifier gets. */
  get numFeatures(): number {
    return this.channels * this.global_pool.featureMultiplier;
  }

  forward(x: tf.Tensor4D, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    const features = this.drop.call(this.global_pool.call(x));
    return preLogits ? features : this.fc.call(features);
  }

  /** A new classifier with fresh weights, and other pooling where it is named. */
  reset(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    this.global_pool.dispose();
    this.fc.dispose();
    const { pool, features } = makePool(globalPool, this.channels);
    this.global_pool = pool;
    this.fc = makeClassifier(features, classes);
  }
}
