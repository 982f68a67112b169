// ConvMixer: Trockman and Kolter 2022 (arXiv 2201.09792). Structure and names as in timm.
import {
  Activation,
  BatchNorm2d,
  Conv2d,
  Dropout,
  type GlobalPool,
  Module,
  type SelectAdaptivePool2d,
  Sequential,
} from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
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
} from '../image-model.ts';

interface ConvMixerSettings {
  readonly channels: number;
  readonly depth: number;
  /** Height and width of the depthwise convolutions. */
  readonly kernel: number;
  readonly patchSize: number;
  readonly activation: 'gelu' | 'relu';
}

/** Convolution, activation, norm, in this order, and a shortcut around them that the norm adds. */
class ResidualMix extends Module {
  fn: Sequential;

  constructor({ channels, kernel, activation }: ConvMixerSettings) {
    super();
    this.fn = new Sequential([
      new Conv2d(channels, channels, kernel, { groups: channels, padding: (kernel - 1) / 2 }),
      new Activation(activation),
      new BatchNorm2d(channels),
    ]);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [conv, act, norm] = this.fn.items as unknown as [Conv2d, Activation, BatchNorm2d];
    return norm.call(act.call(conv.call(x)) as tf.Tensor4D, x);
  }
}

class ConvMixer extends ImageModel {
  numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^stem\./, blocks: /^blocks\.(\d+)\./ };
  readonly classifierPath = 'head';
  readonly firstConvPath = 'stem.0';
  readonly channels: number;
  stem: Sequential;
  blocks: Sequential;
  global_pool: SelectAdaptivePool2d;
  head_drop: Dropout;
  head: Classifier;

  constructor(settings: ConvMixerSettings, options: ModelOptions) {
    super();
    const { channels, depth, patchSize, activation } = settings;
    this.channels = channels;
    this.stem = new Sequential([
      new Conv2d(options.inChannels, channels, patchSize, { stride: patchSize }),
      new Activation(activation),
      new BatchNorm2d(channels),
    ]);
    this.blocks = new Sequential(
      Array.from(
        { length: depth },
        () =>
          new Sequential([
            new ResidualMix(settings),
            new Conv2d(channels, channels, 1),
            new Activation(activation),
            new BatchNorm2d(channels),
          ]),
      ),
    );
    const { pool, features } = makePool(options.globalPool ?? 'avg', channels);
    this.numFeatures = features;
    this.global_pool = pool;
    this.head_drop = new Dropout(options.dropRate);
    this.head = makeClassifier(features, classesOf(options));
    this.featureInfo = Array.from({ length: depth }, (_, i) => ({
      channels,
      reduction: patchSize,
      module: `blocks.${i}`,
    }));
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.blocks.call(this.stem.call(x)) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const y = this.head_drop.call(this.global_pool.call(features));
    return preLogits ? y : this.head.call(y);
  }

  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const { pool, features } = makePool(globalPool, this.channels);
    this.global_pool.dispose();
    this.global_pool = pool;
    this.numFeatures = features;
    this.head.dispose();
    this.head = makeClassifier(features, classes);
  }
}

export const convmixer: AnyFamily = defineFamily<ConvMixerSettings>({
  name: 'convmixer',
  dropPath: false,
  build: (settings, options) => new ConvMixer(settings, options),
  inputRule: ({ patchSize }) => ({ multipleOf: patchSize, minimum: patchSize }),
  variants: {
    convmixer_768_32: { channels: 768, depth: 32, kernel: 7, patchSize: 7, activation: 'relu' },
    convmixer_1024_20_ks9_p14: { channels: 1024, depth: 20, kernel: 9, patchSize: 14, activation: 'gelu' },
    convmixer_1536_20: { channels: 1536, depth: 20, kernel: 9, patchSize: 7, activation: 'gelu' },
  },
});
