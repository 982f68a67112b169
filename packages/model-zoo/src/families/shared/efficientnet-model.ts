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
import { roundHalfEven, type StagePlans } from './efficient-plan.ts';
import { initializeAsGoogle } from './initialize-as-google.ts';

export interface EfficientNetSettings extends BlockStyle {
  /** Channels of the first convolution. */
  readonly stem: number;
  readonly stages: StagePlans;
  /** Channels of the last convolution. */
  readonly head: number;
}

/** The inner layer of the gate is a quarter as wide as the block's input. */
const makeGate: MakeGate = ({ expansion }, channels, activation) =>
  new SqueezeExcite(channels, {
    reduced: roundHalfEven(channels * (0.25 / expansion)),
    activation,
    names: ['conv_reduce', 'conv_expand'],
  });

/** timm's EfficientNet, also its MobileNetV2: stem, blocks, pointwise convolution, pooling, classifier. */
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
    let y = this.conv_stem.call(x);
    y = this.bn1.call(y);
    y = this.blocks.call(y) as tf.Tensor4D;
    y = this.conv_head.call(y);
    return this.bn2.call(y);
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    let y = this.global_pool.call(features);
    y = this.drop.call(y);
    return preLogits ? y : this.classifier.call(y);
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
