import { Dropout, type GlobalPool, type SelectAdaptivePool2d } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Classes,
  type Classifier,
  classesOf,
  ImageModel,
  type ModelOptions,
  makeClassifier,
  makePool,
} from '../../image-model.ts';
import { asMap } from './as-map.ts';

/** A network whose logits are the mean of two classifiers. The second learned from a teacher (Touvron et al. 2021, DeiT). */
export abstract class DistilledModel extends ImageModel {
  readonly classifierPath = 'head';
  override readonly classifierPaths: readonly string[] = ['head', 'head_dist'];
  readonly channels: number;
  numFeatures: number;
  global_pool: SelectAdaptivePool2d;
  head_drop: Dropout;
  head: Classifier;
  head_dist: Classifier | null;

  /** @param channels of the features */
  constructor(channels: number, options: ModelOptions) {
    super();
    this.channels = channels;
    const { pool, features } = makePool(options.globalPool ?? 'avg', channels);
    this.global_pool = pool;
    this.numFeatures = features;
    this.head_drop = new Dropout(options.dropRate);
    this.head = makeClassifier(features, classesOf(options));
    this.head_dist = makeClassifier(features, classesOf(options));
  }

  forwardHead(features: tf.Tensor, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    const y = this.head_drop.call(this.global_pool.call(asMap(features)));
    if (preLogits) return y;
    const logits = this.head.call(y);
    return this.head_dist === null ? logits : tf.mul(tf.add(logits, this.head_dist.call(y)), 0.5);
  }

  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const { pool, features } = makePool(globalPool, this.channels);
    this.global_pool.dispose();
    this.global_pool = pool;
    this.numFeatures = features;
    this.head.dispose();
    this.head = makeClassifier(features, classes);
    if (this.head_dist === null) return;
    this.head_dist.dispose();
    this.head_dist = makeClassifier(features, classes);
  }

  override makeClassifierLinear(): void {
    this.head_dist?.dispose();
    this.head_dist = null;
  }
}
