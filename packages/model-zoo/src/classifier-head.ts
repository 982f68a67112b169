import { Dropout, type GlobalPool, Module, type SelectAdaptivePool2d } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { type Classes, type Classifier, makeClassifier, makePool } from './image-model.ts';

/** Pooling, dropout and classifier, `[B,H,W,C] -> [B,K]` (timm's `ClassifierHead`). */
export class ClassifierHead extends Module<
  [x: tf.Tensor4D, options?: { readonly preLogits?: boolean }],
  tf.Tensor
> {
  /** C of its input. */
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

  /** Number of features that the classifier gets. */
  get numFeatures(): number {
    return this.channels * this.global_pool.featureMultiplier;
  }

  forward(x: tf.Tensor4D, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    let y = this.global_pool.call(x);
    y = this.drop.call(y);
    return preLogits ? y : this.fc.call(y);
  }

  /** Replaces the classifier by a new one with initial weights, and the pooling if one is named. */
  reset(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    this.global_pool.dispose();
    this.fc.dispose();
    const { pool, features } = makePool(globalPool, this.channels);
    this.global_pool = pool;
    this.fc = makeClassifier(features, classes);
  }
}
