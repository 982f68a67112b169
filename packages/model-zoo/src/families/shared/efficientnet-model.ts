import {
  type BatchNorm2d,
  type Conv2d,
  Dropout,
  type GlobalPool,
  type SelectAdaptivePool2d,
  type Sequential,
  SqueezeExcite,
} from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import {
  type Classes,
  type Classifier,
  classesOf,
  type DepthGroups,
  type FeatureStage,
  ImageModel,
  type ModelOptions,
  makeClassifier,
  makePool,
} from '../../image-model.ts';
import { type BlockStyle, batchNorm, convolution, type MakeGate, makeStages } from './efficient-blocks.ts';
import { initializeAsGoogle } from './efficient-init.ts';
import { roundHalfEven, type StagePlans } from './efficient-plan.ts';

export interface EfficientNetSettings extends BlockStyle {
  /** Channels of the first convolution. */
  readonly stem: number;
  readonly stages: StagePlans;
  /** Channels of the last convolution. */
  readonly head: number;
}

/** The gate's inside is a quarter as wide as the block's input. */
const makeGate: MakeGate = ({ expansion }, channels, activation) =>
  new SqueezeExcite(channels, {
    reduced: roundHalfEven(channels * (0.25 / expansion)),
    activation,
    names: ['conv_reduce', 'conv_expand'],
  });

/** timm's EfficientNet, which is its MobileNetV2 too: stem, blocks, a pointwise convolution, pooling, classifier. */
export class EfficientNet extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^(conv_stem|bn1)\./,
    blocks: /^blocks\.(\d+)\.(\d+)\./,
    last: /^(conv_head|bn2)\./,
  };
  readonly classifierPath = 'classifier';
  readonly firstConvPath = 'conv_stem';
  conv_stem: Conv2d;
  bn1: BatchNorm2d;
  blocks: Sequential;
  conv_head: Conv2d;
  bn2: BatchNorm2d;
  global_pool: SelectAdaptivePool2d;
  drop: Dropout;
  classifier: Classifier;

  constructor(settings: EfficientNetSettings, options: ModelOptions) {
    super();
    const { stem, stages, head, activation } = settings;
    this.conv_stem = convolution(options.inChannels, stem, 3, settings, { stride: 2 });
    this.bn1 = batchNorm(stem, settings, activation);
    const { blocks, featureInfo, channels } = makeStages(stages, settings, makeGate, options.dropPathRate);
    this.blocks = blocks;
    this.featureInfo = featureInfo;
    this.conv_head = convolution(channels, head, 1, settings);
    this.bn2 = batchNorm(head, settings, activation);
    const { pool, features } = makePool(options.globalPool ?? 'avg', head);
    this.numFeatures = features;
    this.global_pool = pool;
    this.drop = new Dropout(options.dropRate);
    this.classifier = makeClassifier(features, classesOf(options));
    initializeAsGoogle(this);
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.blocks.call(this.bn1.call(this.conv_stem.call(x))) as tf.Tensor4D;
    return this.bn2.call(this.conv_head.call(y));
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const x = this.drop.call(this.global_pool.call(features));
    return preLogits ? x : this.classifier.call(x);
  }

  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const channels = this.numFeatures / this.global_pool.featureMultiplier;
    const { pool, features } = makePool(globalPool, channels);
    this.global_pool = pool;
    (this as { numFeatures: number }).numFeatures = features;
    this.classifier.dispose();
    this.classifier = makeClassifier(features, classes);
  }
}
