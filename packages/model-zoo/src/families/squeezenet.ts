// SqueezeNet: Iandola et al. 2016 (arXiv 1602.07360). timm has none: structure and names as in torchvision.
import { PodiumError } from '@podium/core';
import {
  Conv2d,
  Dropout,
  type GlobalPool,
  init,
  MaxPool2d,
  Module,
  ReLU,
  SelectAdaptivePool2d,
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
} from '../image-model.ts';
import { initWeights } from '../init-weights.ts';

interface SqueezeNetSettings {
  readonly stem: { readonly channels: number; readonly kernel: number };
  /** Channels inside and after each fire module, in one list per stage between two poolings. */
  readonly stages: readonly (readonly (readonly [squeeze: number, expand: number])[])[];
}

const FEATURES = 512;

/** Few channels, then a 1x1 and a 3x3 convolution side by side: `[B,H,W,C] -> [B,H,W,2 expand]`. */
class Fire extends Module {
  squeeze: Conv2d;
  squeeze_activation: ReLU = new ReLU();
  expand1x1: Conv2d;
  expand3x3: Conv2d;
  /** Of both, in one pass after they are joined. */
  expand_activation: ReLU = new ReLU();

  constructor(inChannels: number, squeeze: number, expand: number) {
    super();
    this.squeeze = new Conv2d(inChannels, squeeze, 1);
    this.expand1x1 = new Conv2d(squeeze, expand, 1);
    this.expand3x3 = new Conv2d(squeeze, expand, 3, { padding: 1 });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.squeeze.call(x);
    y = this.squeeze_activation.call(y) as tf.Tensor4D;
    y = tf.concat([this.expand1x1.call(y), this.expand3x3.call(y)], 3);
    return this.expand_activation.call(y) as tf.Tensor4D;
  }
}

class SqueezeNet extends ImageModel {
  readonly numFeatures: number = FEATURES;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^features\.0\./, blocks: /^features\.(\d+)\./ };
  readonly classifierPath = 'classifier.1';
  readonly firstConvPath = 'features.0';
  features: Sequential;
  /** Classifies each position, then pools; after {@link makeClassifierLinear} the other way round, without the ReLU. */
  classifier: Sequential;
  poolsFirst = false;

  constructor({ stem, stages }: SqueezeNetSettings, options: ModelOptions) {
    super();
    const { dropRate, inChannels, globalPool = 'avg' } = options;
    const items: (Conv2d | ReLU | MaxPool2d | Fire)[] = [
      new Conv2d(inChannels, stem.channels, stem.kernel, { stride: 2 }),
      new ReLU(),
    ];
    const featureInfo = [{ channels: stem.channels, reduction: 2, module: 'features.1' }];
    let { channels } = stem;
    for (const [stage, fires] of stages.entries()) {
      items.push(new MaxPool2d({ kernelSize: 3, stride: 2, ceilMode: true }));
      for (const [squeeze, expand] of fires) {
        items.push(new Fire(channels, squeeze, expand));
        channels = 2 * expand;
      }
      featureInfo.push({ channels, reduction: 2 ** (stage + 2), module: `features.${items.length - 1}` });
    }
    this.featureInfo = featureInfo;
    this.features = new Sequential(items);
    this.classifier = makeHead(classesOf(options), globalPool, dropRate);
    initWeights(this.features, () => init.kaimingUniform());
    initWeights(this.classifier, () => init.normal(0, 0.01));
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.features.call(x) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    if (!preLogits && !this.poolsFirst) return this.classifier.call(features);
    const [drop, classifier, , pool] = this.classifier.items as unknown as HeadItems;
    const pooled = pool.call(drop.call(features) as tf.Tensor4D);
    return preLogits ? pooled : classifier.call(pooled);
  }

  override makeClassifierLinear(): void {
    this.poolsFirst = true;
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    const [drop, , , pool] = this.classifier.items as unknown as HeadItems;
    this.classifier.dispose();
    this.classifier = makeHead(classes, globalPool ?? pool.kind, drop.rate);
  }
}

type HeadItems = [Dropout, Classifier, ReLU, SelectAdaptivePool2d];

/** The 1x1 convolution is a linear layer on each position: its weight is `[K,512]` here and `[K,512,1,1]` in torchvision. */
function makeHead(classes: Classes, globalPool: GlobalPool, dropRate: number): Sequential {
  if (globalPool === 'catavgmax' && classes !== 0) {
    throw new PodiumError({
      code: 'zoo-option',
      path: { key: 'globalPool' },
      message: 'SqueezeNet pools its logits, and two poolings side by side would double them',
      expected: 'avg, max, avgmax, gem or no pooling',
      got: globalPool,
    });
  }
  const items: HeadItems = [
    new Dropout(dropRate),
    makeClassifier(FEATURES, classes),
    new ReLU(),
    new SelectAdaptivePool2d(globalPool),
  ];
  return new Sequential(items);
}

export const squeezenet: AnyFamily = defineFamily<SqueezeNetSettings>({
  name: 'squeezenet',
  dropPath: false,
  build: (settings, options) => new SqueezeNet(settings, options),
  inputRule: () => ({ minimum: 21 }),
  torchvision: { squeezenet1_0: 'squeezenet1_0', squeezenet1_1: 'squeezenet1_1' },
  variants: {
    squeezenet1_0: {
      stem: { channels: 96, kernel: 7 },
      stages: [
        [
          [16, 64],
          [16, 64],
          [32, 128],
        ],
        [
          [32, 128],
          [48, 192],
          [48, 192],
          [64, 256],
        ],
        [[64, 256]],
      ],
    },
    squeezenet1_1: {
      stem: { channels: 64, kernel: 3 },
      stages: [
        [
          [16, 64],
          [16, 64],
        ],
        [
          [32, 128],
          [32, 128],
        ],
        [
          [48, 192],
          [48, 192],
          [64, 256],
          [64, 256],
        ],
      ],
    },
  },
});
