// VGG: Simonyan and Zisserman 2015 (arXiv 1409.1556), and with batch norm. Structure and names as in timm, where the
// two hidden linear layers are convolutions, so that any image size works.
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  type GlobalPool,
  Identity,
  init,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
} from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { ClassifierHead } from '../classifier-head.ts';
import { type AnyFamily, defineFamily } from '../family.ts';
import {
  type Classes,
  classesOf,
  type DepthGroups,
  type FeatureStage,
  ImageModel,
  type ModelOptions,
} from '../image-model.ts';
import { initWeights } from '../init-weights.ts';

interface VggSettings {
  /** Convolutions before each pooling. */
  readonly layers: readonly [number, number, number, number, number];
  readonly batchNorm?: boolean;
}

const WIDTHS = [64, 128, 256, 512, 512] as const;
const HIDDEN = 4096;
/** Rows and columns that the first hidden layer covers. */
const FIELD = 7;

/** Two fully connected layers as convolutions, `[B,H,W,C] -> [B,H-6,W-6,4096]`; smaller maps are stretched to 7x7. */
class ConvMlp extends Module {
  fc1: Conv2d;
  act1: ReLU = new ReLU();
  drop: Dropout;
  fc2: Conv2d;
  act2: ReLU = new ReLU();

  constructor(channels: number, dropRate: number) {
    super();
    this.fc1 = new Conv2d(channels, HIDDEN, FIELD);
    this.drop = new Dropout(dropRate);
    this.fc2 = new Conv2d(HIDDEN, HIDDEN, 1);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [, height, width] = x.shape;
    let y = new AdaptiveAvgPool2d([Math.max(height, FIELD), Math.max(width, FIELD)]).call(x);
    y = this.fc1.call(y);
    y = this.act1.call(y) as tf.Tensor4D;
    y = this.drop.call(y) as tf.Tensor4D;
    y = this.fc2.call(y);
    return this.act2.call(y) as tf.Tensor4D;
  }
}

class VGG extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^features\.0\./, blocks: /^features\.(\d+)\./ };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'features.0';
  features: Sequential;
  pre_logits: ConvMlp;
  head: ClassifierHead;

  constructor({ layers, batchNorm = false }: VggSettings, options: ModelOptions) {
    super();
    const items: (Conv2d | BatchNorm2d | ReLU | Identity | MaxPool2d)[] = [];
    const stages: FeatureStage[] = [];
    let channels = options.inChannels;
    for (const [stage, count] of layers.entries()) {
      const width = WIDTHS[stage]!;
      for (let i = 0; i < count; i++) {
        items.push(new Conv2d(channels, width, 3, { padding: 1 }));
        // The activation is part of the norm: an Identity keeps its place in the numbering.
        if (batchNorm) items.push(new BatchNorm2d(width, { activation: 'relu' }), new Identity());
        else items.push(new ReLU());
        channels = width;
      }
      stages.push({ channels, reduction: 2 ** stage, module: `features.${items.length - 1}` });
      items.push(new MaxPool2d({ kernelSize: 2 }));
    }
    stages.push({ channels, reduction: 32, module: `features.${items.length - 1}` });
    this.featureInfo = stages;
    this.features = new Sequential(items);
    this.pre_logits = new ConvMlp(channels, options.dropRate);
    this.head = new ClassifierHead(HIDDEN, classesOf(options), options.globalPool ?? 'avg', options.dropRate);
    initWeights(this, (layer) =>
      layer instanceof Linear
        ? init.normal(0, 0.01)
        : init.kaimingNormal({ mode: 'fanOut', nonlinearity: 'relu' }),
    );
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.features.call(x) as tf.Tensor4D;
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    const y = this.pre_logits.call(features);
    return this.head.call(y, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

/** Linear layers by torchvision's names: weights `[out,in]` there, `[out,in,h,w]` here, with values in the same order. */
const CLASSIFIER: Readonly<Record<string, string>> = {
  'classifier.0.': 'pre_logits.fc1.',
  'classifier.3.': 'pre_logits.fc2.',
  'classifier.6.': 'head.fc.',
};

const vgg11 = { layers: [1, 1, 2, 2, 2] } as const;
const vgg13 = { layers: [2, 2, 2, 2, 2] } as const;
const vgg16 = { layers: [2, 2, 3, 3, 3] } as const;
const vgg19 = { layers: [2, 2, 4, 4, 4] } as const;
const batchNorm = true;

const variants: Readonly<Record<string, VggSettings>> = {
  vgg11,
  vgg11_bn: { ...vgg11, batchNorm },
  vgg13,
  vgg13_bn: { ...vgg13, batchNorm },
  vgg16,
  vgg16_bn: { ...vgg16, batchNorm },
  vgg19,
  vgg19_bn: { ...vgg19, batchNorm },
};

export const vgg: AnyFamily = defineFamily<VggSettings>({
  name: 'vgg',
  dropPath: false,
  build: (settings, options) => new VGG(settings, options),
  inputRule: () => ({ minimum: 32 }),
  torchvision: Object.fromEntries(Object.keys(variants).map((name) => [name, name])),
  fromTorchvision: (key) => key.replace(/^classifier\.\d+\./, (theirs) => CLASSIFIER[theirs] ?? theirs),
  variants,
});
