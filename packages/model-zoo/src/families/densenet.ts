// DenseNet: Huang et al. 2017 (arXiv 1608.06993). Structure and names as in timm.
import type { StateDict } from '@podium/nn';
import {
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  type GlobalPool,
  init,
  Linear,
  MaxPool2d,
  Module,
  type SelectAdaptivePool2d,
  Sequential,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
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
import { initWeights } from '../init-weights.ts';

interface DenseNetSettings {
  /** Layers of each dense block. */
  readonly layers: readonly [number, number, number, number];
  /** Channels that each layer adds. */
  readonly growth: number;
  /** Three 3x3 convolutions instead of the 7x7 one. */
  readonly deepStem?: boolean;
}

/** Channels between a layer's two convolutions, as a multiple of its growth. */
const BOTTLENECK = 4;

const relu = { activation: 'relu' } as const;
const noBias = { bias: false } as const;

/** The channels that one layer adds, `[B,H,W,C] -> [B,H,W,growth]`. Norms include their ReLU. */
class DenseLayer extends Module {
  norm1: BatchNorm2d;
  conv1: Conv2d;
  norm2: BatchNorm2d;
  conv2: Conv2d;

  constructor(inChannels: number, growth: number) {
    super();
    const width = BOTTLENECK * growth;
    this.norm1 = new BatchNorm2d(inChannels, relu);
    this.conv1 = new Conv2d(inChannels, width, 1, noBias);
    this.norm2 = new BatchNorm2d(width, relu);
    this.conv2 = new Conv2d(width, growth, 3, { ...noBias, padding: 1 });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.norm1.call(x);
    y = this.conv1.call(y);
    y = this.norm2.call(y);
    return this.conv2.call(y);
  }
}

/** Layers `denselayer1`, ..., each on the outputs of all before it: `[B,H,W,C] -> [B,H,W,C + layers growth]`. */
class DenseBlock extends Sequential {
  constructor(inChannels: number, layers: number, growth: number) {
    super(
      Object.fromEntries(
        Array.from({ length: layers }, (_, i) => [
          `denselayer${i + 1}`,
          new DenseLayer(inChannels + i * growth, growth),
        ]),
      ),
    );
  }

  override forward(x: tf.Tensor): tf.Tensor {
    let maps = x;
    for (const layer of this.items) maps = tf.concat([maps, layer.call(maps)], 3);
    return maps;
  }
}

function makeTransition(inChannels: number, outChannels: number): Sequential {
  return new Sequential({
    norm: new BatchNorm2d(inChannels, relu),
    conv: new Conv2d(inChannels, outChannels, 1, noBias),
    pool: new AvgPool2d({ kernelSize: 2 }),
  });
}

function makeStem(
  inChannels: number,
  growth: number,
  deepStem: boolean,
): Record<string, Conv2d | BatchNorm2d> {
  const channels = 2 * growth;
  if (!deepStem) {
    return {
      conv0: new Conv2d(inChannels, channels, 7, { ...noBias, stride: 2, padding: 3 }),
      norm0: new BatchNorm2d(channels, relu),
    };
  }
  return {
    conv0: new Conv2d(inChannels, growth, 3, { ...noBias, stride: 2, padding: 1 }),
    norm0: new BatchNorm2d(growth, relu),
    conv1: new Conv2d(growth, growth, 3, { ...noBias, padding: 1 }),
    norm1: new BatchNorm2d(growth, relu),
    conv2: new Conv2d(growth, channels, 3, { ...noBias, padding: 1 }),
    norm2: new BatchNorm2d(channels, relu),
  };
}

class DenseNet extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^features\.(conv|norm)[012]\./,
    blocks: /^features\.denseblock(\d+)\.denselayer(\d+)\./,
    between: /^features\.transition(\d+)\./,
  };
  readonly classifierPath = 'classifier';
  readonly firstConvPath = 'features.conv0';
  features: Sequential;
  global_pool: SelectAdaptivePool2d;
  head_drop: Dropout;
  classifier: Classifier;

  constructor({ layers, growth, deepStem = false }: DenseNetSettings, options: ModelOptions) {
    super();
    let channels = 2 * growth;
    const children: Record<string, Conv2d | BatchNorm2d | MaxPool2d | Sequential> = {
      ...makeStem(options.inChannels, growth, deepStem),
      pool0: new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 }),
    };
    const featureInfo: FeatureStage[] = [
      { channels, reduction: 2, module: `features.norm${deepStem ? 2 : 0}` },
    ];
    for (const [i, count] of layers.entries()) {
      children[`denseblock${i + 1}`] = new DenseBlock(channels, count, growth);
      channels += count * growth;
      const isLast = i === layers.length - 1;
      featureInfo.push({
        channels,
        reduction: 4 * 2 ** i,
        module: isLast ? 'features.norm5' : `features.denseblock${i + 1}`,
      });
      if (isLast) break;
      children[`transition${i + 1}`] = makeTransition(channels, channels / 2);
      channels /= 2;
    }
    children.norm5 = new BatchNorm2d(channels, relu);
    this.features = new Sequential(children);
    this.featureInfo = featureInfo;
    const { pool, features } = makePool(options.globalPool ?? 'avg', channels);
    this.numFeatures = features;
    this.global_pool = pool;
    this.head_drop = new Dropout(options.dropRate);
    this.classifier = makeClassifier(features, classesOf(options));
    initWeights(this, (layer) => (layer instanceof Linear ? undefined : init.kaimingNormal()));
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.features.call(x) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    let y = this.global_pool.call(features);
    y = this.head_drop.call(y);
    return preLogits ? y : this.classifier.call(y);
  }

  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const channels = this.numFeatures / this.global_pool.featureMultiplier;
    const { pool, features } = makePool(globalPool, channels);
    this.global_pool.dispose();
    this.classifier.dispose();
    this.global_pool = pool;
    (this as { numFeatures: number }).numFeatures = features;
    this.classifier = makeClassifier(features, classes);
  }
}

/** Checkpoints from before 2018 call a layer's children `norm.1`, `conv.1`, and so on. */
function currentKey(key: string): string {
  return key.replace(/(\.denselayer\d+\.(?:norm|conv))\.([12]\.)/, '$1$2');
}

function adaptState(state: StateDict): StateDict {
  return new Map(Array.from(state, ([key, tensor]) => [currentKey(key), tensor]));
}

export const densenet: AnyFamily = defineFamily<DenseNetSettings>({
  name: 'densenet',
  dropPath: false,
  build: (settings, options) => new DenseNet(settings, options),
  inputRule: () => ({ minimum: 29 }),
  torchvision: {
    densenet121: 'densenet121',
    densenet161: 'densenet161',
    densenet169: 'densenet169',
    densenet201: 'densenet201',
  },
  fromTorchvision: currentKey,
  adaptState,
  variants: {
    densenet121: { layers: [6, 12, 24, 16], growth: 32 },
    densenet161: { layers: [6, 12, 36, 24], growth: 48 },
    densenet169: { layers: [6, 12, 32, 32], growth: 32 },
    densenet201: { layers: [6, 12, 48, 32], growth: 32 },
    densenet264d: { layers: [6, 12, 64, 48], growth: 48, deepStem: true },
  },
});
