// A small convolutional network for small images, and for when no pretrained weights can be downloaded: two 3x3 convolutions
// with batch norm and ReLU before each halving, as in VGG (Simonyan and Zisserman 2015, arXiv 1409.1556).
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  type GlobalPool,
  MaxPool2d,
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

interface SmallNetSettings {
  /** Height and width of its images. The number of halvings follows from it. */
  readonly imageSize: number;
  /** Channels of each stage. */
  readonly widths: readonly number[];
}

/** Maps are halved until their sides have about this length. */
const SMALLEST_MAP = 6;
/** The first convolution halves images that are larger. */
const LARGE_IMAGE = 64;

class SmallNet extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^features\.0\./, blocks: /^features\.(\d+)\./ };
  readonly classifierPath = 'fc';
  readonly firstConvPath = 'features.0';
  features: Sequential;
  global_pool: SelectAdaptivePool2d;
  drop: Dropout;
  fc: Classifier;

  constructor(settings: SmallNetSettings, options: ModelOptions) {
    super();
    const { imageSize = [settings.imageSize, settings.imageSize] } = options;
    const side = Math.min(...imageSize);
    const layers: (Conv2d | BatchNorm2d | MaxPool2d)[] = [];
    const stages: FeatureStage[] = [];
    let reduction = side > LARGE_IMAGE ? 2 : 1;
    let channels = options.inChannels;
    for (const [stage, width] of settings.widths.entries()) {
      for (let i = 0; i < 2; i++) {
        const stride = stage === 0 && i === 0 ? reduction : 1;
        layers.push(new Conv2d(channels, width, 3, { padding: 1, stride, bias: false }));
        layers.push(new BatchNorm2d(width, { activation: 'relu' }));
        channels = width;
      }
      stages.push({ channels, reduction, module: `features.${layers.length - 1}` });
      if (stage === settings.widths.length - 1 || side / (reduction * 2) < SMALLEST_MAP) break;
      layers.push(new MaxPool2d({ kernelSize: 2 }));
      reduction *= 2;
    }
    this.featureInfo = stages;
    this.features = new Sequential(layers);
    const { pool, features } = makePool(options.globalPool ?? 'avg', channels);
    this.numFeatures = features;
    this.global_pool = pool;
    this.drop = new Dropout(options.dropRate);
    this.fc = makeClassifier(features, classesOf(options));
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.features.call(x) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const pooled = this.global_pool.call(features);
    return preLogits ? pooled : this.fc.call(this.drop.call(pooled));
  }

  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const channels = this.numFeatures / this.global_pool.featureMultiplier;
    const { pool, features } = makePool(globalPool, channels);
    this.global_pool = pool;
    (this as { numFeatures: number }).numFeatures = features;
    this.fc.dispose();
    this.fc = makeClassifier(features, classes);
  }
}

export const smallNet: AnyFamily = defineFamily<SmallNetSettings>({
  name: 'small-net',
  dropPath: false,
  build: (settings, options) => new SmallNet(settings, options),
  imageSize: ({ imageSize }) => imageSize,
  inputRule: () => ({ multipleOf: 4, minimum: 16, maximum: 96 }),
  dropRate: 0.3,
  // As `manualSeed` and the constructors would draw them, one stream per parameter in order.
  initialStream: (seed, _path, index) => seed.split(index),
  keepsNewClassifier: true,
  variants: {
    'small-net': { imageSize: 96, widths: [32, 64, 128, 256] },
  },
});
