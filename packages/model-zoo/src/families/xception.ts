// Xception: Chollet 2017 (arXiv 1610.02357). Structure and names as in timm's port of the Keras network.
import {
  Activation,
  BatchNorm2d,
  Conv2d,
  Dropout,
  type GlobalPool,
  Identity,
  init,
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

/** Channels inside and at the end of a block, and its stride. */
type BlockPlan = readonly [inner: number, out: number, stride: 1 | 2];

interface XceptionSettings {
  readonly blocks: readonly BlockPlan[];
}

const conv = { bias: false, init: init.kaimingNormal({ mode: 'fanOut', nonlinearity: 'relu' }) } as const;
const relu = { activation: 'relu' } as const;
const STEM = [32, 64] as const;
const LAST = [1536, 2048] as const;

/** A depthwise 3x3 and a pointwise convolution. */
class SeparableConv2d extends Module {
  conv1: Conv2d;
  pointwise: Conv2d;

  constructor(from: number, to: number) {
    super();
    this.conv1 = new Conv2d(from, from, 3, { ...conv, padding: 1, groups: from });
    this.pointwise = new Conv2d(from, to, 1, conv);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.pointwise.call(this.conv1.call(x));
  }
}

class Block extends Module {
  skip: Conv2d | null;
  skipbn: BatchNorm2d | null;
  rep: Sequential;

  /** @param widths of the separable convolutions; the first block has no ReLU before them */
  constructor(from: number, widths: readonly number[], stride: 1 | 2, startsWithRelu: boolean) {
    super();
    const to = widths.at(-1)!;
    const isProjected = from !== to || stride !== 1;
    this.skip = isProjected ? new Conv2d(from, to, 1, { ...conv, stride }) : null;
    this.skipbn = isProjected ? new BatchNorm2d(to) : null;
    const layers = widths.flatMap((width, i) => {
      // The first ReLU is a feature map; each other one is part of the norm before it.
      const act = i === 0 ? new Activation('relu') : new Identity();
      const isLast = i === widths.length - 1;
      const norm = new BatchNorm2d(width, isLast ? {} : relu);
      return [act, new SeparableConv2d(widths[i - 1] ?? from, width), norm];
    });
    const rep = startsWithRelu ? layers : layers.slice(1);
    const pool = new MaxPool2d({ kernelSize: 3, stride, padding: 1 });
    this.rep = new Sequential(stride === 1 ? rep : [...rep, pool]);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.rep.call(x) as tf.Tensor4D;
    return this.skip === null ? tf.add(y, x) : this.skipbn!.call(this.skip.call(x), y);
  }
}

class Xception extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^(conv|bn)[12]\./,
    blocks: /^block(\d+)\./,
    last: /^(conv|bn)[34]\./,
  };
  readonly classifierPath = 'fc';
  readonly firstConvPath = 'conv1';
  /** `block1`, `block2`, ... */
  readonly blockPaths: readonly string[];
  conv1: Conv2d;
  bn1: BatchNorm2d;
  conv2: Conv2d;
  bn2: BatchNorm2d;
  conv3: SeparableConv2d;
  bn3: BatchNorm2d;
  conv4: SeparableConv2d;
  bn4: BatchNorm2d;
  global_pool: SelectAdaptivePool2d;
  drop: Dropout;
  fc: Classifier;

  constructor({ blocks }: XceptionSettings, options: ModelOptions) {
    super();
    const [first, second] = STEM;
    const [beforeLast, last] = LAST;
    this.conv1 = new Conv2d(options.inChannels, first, 3, { ...conv, stride: 2 });
    this.bn1 = new BatchNorm2d(first, relu);
    this.conv2 = new Conv2d(first, second, 3, conv);
    this.bn2 = new BatchNorm2d(second, relu);
    let from: number = second;
    this.blockPaths = blocks.map(([inner, to, stride], i) => {
      const path = `block${i + 1}`;
      const widths = stride === 1 ? [inner, inner, to] : [inner, to];
      (this as unknown as Record<string, Block>)[path] = new Block(from, widths, stride, i > 0);
      from = to;
      return path;
    });
    this.conv3 = new SeparableConv2d(from, beforeLast);
    this.bn3 = new BatchNorm2d(beforeLast, relu);
    this.conv4 = new SeparableConv2d(beforeLast, last);
    this.bn4 = new BatchNorm2d(last, relu);
    const { pool, features } = makePool(options.globalPool ?? 'avg', last);
    this.numFeatures = features;
    this.global_pool = pool;
    this.drop = new Dropout(options.dropRate);
    this.fc = makeClassifier(features, classesOf(options));
    this.featureInfo = [
      { channels: second, reduction: 2, module: 'bn2' },
      { channels: 128, reduction: 4, module: 'block2.rep.0' },
      { channels: 256, reduction: 8, module: 'block3.rep.0' },
      { channels: 728, reduction: 16, module: 'block12.rep.0' },
      { channels: last, reduction: 32, module: 'bn4' },
    ];
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.bn1.call(this.conv1.call(x));
    y = this.bn2.call(this.conv2.call(y));
    for (const path of this.blockPaths) y = (this as unknown as Record<string, Block>)[path]!.call(y);
    y = this.bn3.call(this.conv3.call(y));
    return this.bn4.call(this.conv4.call(y));
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const y = this.drop.call(this.global_pool.call(features));
    return preLogits ? y : this.fc.call(y);
  }

  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const { pool, features } = makePool(globalPool, LAST[1]);
    this.global_pool = pool;
    (this as { numFeatures: number }).numFeatures = features;
    this.fc.dispose();
    this.fc = makeClassifier(features, classes);
  }
}

const middle: BlockPlan = [728, 728, 1];

export const xception: AnyFamily = defineFamily<XceptionSettings>({
  name: 'xception',
  dropPath: false,
  build: (settings, options) => new Xception(settings, options),
  imageSize: () => 299,
  // The stem has no padding.
  inputRule: () => ({ minimum: 7 }),
  variants: {
    legacy_xception: {
      blocks: [
        [128, 128, 2],
        [256, 256, 2],
        [728, 728, 2],
        ...Array.from({ length: 8 }, () => middle),
        [728, 1024, 2],
      ],
    },
  },
});
