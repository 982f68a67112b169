import { activate } from '@podium/engine';
import {
  type BatchNorm2d,
  Conv2d,
  Dropout,
  type GlobalPool,
  type SelectAdaptivePool2d,
  type Sequential,
  SqueezeExcite,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
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
import {
  type BlockKinds,
  type BlockStyle,
  batchNorm,
  convolution,
  type MakeGate,
  makeStages,
} from './efficient-blocks.ts';
import { roundChannels, type StagePlans } from './efficient-plan.ts';
import { fitPool } from './fit-pool.ts';
import { initializeAsGoogle } from './initialize-as-google.ts';

export interface MobileNetV3Settings extends BlockStyle {
  /** Channels of the first convolution. */
  readonly stem: number;
  readonly stages: StagePlans;
  /** Width of the layer between pooling and classifier. */
  readonly head: number;
  /** Batch norm in that layer, instead of a bias. */
  readonly headNorm?: boolean;
  readonly imageSize?: number;
}

/** The inner layer of the gate is a quarter as wide as the block's inner channels. */
const makeGate: MakeGate = (_, channels) =>
  new SqueezeExcite(channels, {
    reduced: roundChannels(channels / 4),
    activation: 'relu',
    gate: 'hardSigmoid',
    names: ['conv_reduce', 'conv_expand'],
  });

/** timm's MobileNetV3: stem, blocks, pooling, a layer, classifier. */
export class MobileNetV3 extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^(conv_stem|bn1)\./, blocks: /^blocks\.(\d+)\.(\d+)\./ };
  readonly classifierPath = 'classifier';
  readonly firstConvPath = 'conv_stem';
  conv_stem: Conv2d;
  bn1: BatchNorm2d;
  blocks: Sequential;
  global_pool: SelectAdaptivePool2d;
  /** After pooling: a linear layer, which timm keeps as a convolution. */
  conv_head: Conv2d;
  norm_head: BatchNorm2d | null;
  readonly activation: BlockStyle['activation'];
  drop: Dropout;
  classifier: Classifier;

  /** @param moreKinds classes of blocks, for plans with other blocks than those of MobileNetV3 */
  constructor(settings: MobileNetV3Settings, options: ModelOptions, moreKinds?: BlockKinds) {
    super();
    const { stem, stages, head, headNorm = false, activation } = settings;
    this.activation = activation;
    this.conv_stem = convolution(options.inChannels, stem, 3, settings, { stride: 2 });
    this.bn1 = batchNorm(stem, settings, activation);
    const { blocks, featureInfo, channels } = makeStages(
      stages,
      settings,
      makeGate,
      options.dropPathRate,
      moreKinds,
    );
    this.blocks = blocks;
    this.featureInfo = featureInfo;
    const { pool, features } = makePool(options.globalPool ?? 'avg', channels);
    this.global_pool = pool;
    this.conv_head = new Conv2d(features, head, 1, { bias: !headNorm });
    this.norm_head = headNorm ? batchNorm(head, settings, activation) : null;
    this.numFeatures = head;
    this.drop = new Dropout(options.dropRate);
    this.classifier = makeClassifier(head, classesOf(options));
    initializeAsGoogle(this);
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv_stem.call(x);
    y = this.bn1.call(y);
    return this.blocks.call(y) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const pooled = this.global_pool.call(features);
    const isVector = pooled.rank === 2;
    const map = (isVector ? tf.expandDims(tf.expandDims(pooled, 1), 1) : pooled) as tf.Tensor4D;
    const expanded = this.conv_head.call(map);
    let y: tf.Tensor =
      this.norm_head === null ? activate(expanded, this.activation) : this.norm_head.call(expanded);
    if (isVector) y = tf.squeeze(y, [1, 2]);
    y = this.drop.call(y);
    return preLogits ? y : this.classifier.call(y);
  }

  /** @throws PodiumError `zoo-global-pool` if the new pooling gives another number of features: the layer after it stays */
  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const channels = this.conv_head.inChannels / this.global_pool.featureMultiplier;
    this.global_pool = fitPool(globalPool, channels, this.conv_head.inChannels);
    this.classifier.dispose();
    this.classifier = makeClassifier(this.numFeatures, classes);
  }
}
