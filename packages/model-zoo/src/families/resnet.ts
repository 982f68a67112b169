// ResNet: He et al. 2016 (arXiv 1512.03385), ResNeXt: Xie et al. 2017 (1611.05431), SE: Hu et al. 2018 (1709.01507),
// the D variants: He et al. 2019 (1812.01187), wide ResNets: Zagoruyko and Komodakis 2016 (1605.07146).
// Structure and names as in timm.
import { activate } from '@podium/engine';
import {
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  DropPath,
  type GlobalPool,
  Identity,
  init,
  MaxPool2d,
  Module,
  type SelectAdaptivePool2d,
  Sequential,
  SqueezeExcite,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import {
  type Classes,
  type Classifier,
  classesOf,
  type DepthGroups,
  dropPathAt,
  type FeatureStage,
  ImageModel,
  type ModelOptions,
  makeClassifier,
  makePool,
} from '../image-model.ts';

interface ResNetSettings {
  readonly block: 'basic' | 'bottleneck';
  readonly layers: readonly [number, number, number, number];
  /** Groups of the 3x3 convolutions: ResNeXt. */
  readonly cardinality?: number;
  readonly baseWidth?: number;
  /** The D variants: three 3x3 convolutions instead of the 7x7 one, and average pooling in the shortcuts. */
  readonly deepStem?: boolean;
  readonly squeezeExcite?: boolean;
}

const conv = { bias: false, init: init.kaimingNormal({ mode: 'fanOut', nonlinearity: 'relu' }) } as const;
const relu = { activation: 'relu' } as const;

interface BlockOptions {
  readonly stride: number;
  readonly downsample: Sequential | null;
  readonly cardinality: number;
  readonly baseWidth: number;
  readonly squeezeExcite: boolean;
  readonly dropPathRate: number;
}

/** What both kinds of block share: all that follows the last convolution. */
abstract class ResidualBlock extends Module {
  se: SqueezeExcite | null = null;
  downsample: Sequential | null = null;
  drop_path: DropPath | null = null;

  /** `relu(norm(y) + shortcut(x))`, with gate and stochastic depth on the branch: one pass over memory without those two. */
  protected normAddRelu(norm: BatchNorm2d, y: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
    const shortcut = this.downsample === null ? x : (this.downsample.call(x) as tf.Tensor4D);
    if (norm.activation === 'relu') return norm.call(y, shortcut);
    let branch = norm.call(y);
    if (this.se !== null) branch = this.se.call(branch);
    if (this.drop_path !== null) branch = this.drop_path.call(branch) as tf.Tensor4D;
    return activate(tf.add(branch, shortcut), 'relu');
  }

  protected finishWith(norm: BatchNorm2d, { downsample, squeezeExcite, dropPathRate }: BlockOptions): void {
    const channels = norm.features;
    if (squeezeExcite) this.se = new SqueezeExcite(channels, { reduced: roundChannels(channels / 16) });
    this.downsample = downsample;
    if (dropPathRate > 0) this.drop_path = new DropPath(dropPathRate);
    // With nothing between them, norm, addition and ReLU are one pass over memory.
    if (this.se === null && this.drop_path === null) norm.activation = 'relu';
  }
}

class BasicBlock extends ResidualBlock {
  static readonly expansion = 1;
  conv1: Conv2d;
  bn1: BatchNorm2d;
  conv2: Conv2d;
  bn2: BatchNorm2d;

  constructor(inChannels: number, planes: number, options: BlockOptions) {
    super();
    this.conv1 = new Conv2d(inChannels, planes, 3, { ...conv, stride: options.stride, padding: 1 });
    this.bn1 = new BatchNorm2d(planes, relu);
    this.conv2 = new Conv2d(planes, planes, 3, { ...conv, padding: 1 });
    this.bn2 = new BatchNorm2d(planes);
    this.finishWith(this.bn2, options);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv1.call(x);
    y = this.bn1.call(y); // with its ReLU
    y = this.conv2.call(y);
    return this.normAddRelu(this.bn2, y, x);
  }
}

class Bottleneck extends ResidualBlock {
  static readonly expansion = 4;
  conv1: Conv2d;
  bn1: BatchNorm2d;
  conv2: Conv2d;
  bn2: BatchNorm2d;
  conv3: Conv2d;
  bn3: BatchNorm2d;

  constructor(inChannels: number, planes: number, options: BlockOptions) {
    super();
    const { stride, cardinality, baseWidth } = options;
    const width = Math.floor(planes * (baseWidth / 64)) * cardinality;
    this.conv1 = new Conv2d(inChannels, width, 1, conv);
    this.bn1 = new BatchNorm2d(width, relu);
    this.conv2 = new Conv2d(width, width, 3, { ...conv, stride, padding: 1, groups: cardinality });
    this.bn2 = new BatchNorm2d(width, relu);
    this.conv3 = new Conv2d(width, planes * Bottleneck.expansion, 1, conv);
    this.bn3 = new BatchNorm2d(planes * Bottleneck.expansion);
    this.finishWith(this.bn3, options);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv1.call(x);
    y = this.bn1.call(y);
    y = this.conv2.call(y);
    y = this.bn2.call(y);
    y = this.conv3.call(y);
    return this.normAddRelu(this.bn3, y, x);
  }
}

class ResNet extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^(conv1|bn1)\./, blocks: /^layer(\d+)\.(\d+)\./ };
  readonly classifierPath = 'fc';
  readonly firstConvPath: string;
  conv1: Conv2d | Sequential;
  bn1: BatchNorm2d;
  maxpool: MaxPool2d;
  layer1: Sequential;
  layer2: Sequential;
  layer3: Sequential;
  layer4: Sequential;
  global_pool: SelectAdaptivePool2d;
  drop: Dropout;
  fc: Classifier;

  constructor(settings: ResNetSettings, options: ModelOptions) {
    super();
    const { deepStem = false } = settings;
    this.firstConvPath = deepStem ? 'conv1.0' : 'conv1';
    this.conv1 = deepStem
      ? new Sequential([
          new Conv2d(options.inChannels, 32, 3, { ...conv, stride: 2, padding: 1 }),
          new BatchNorm2d(32, relu),
          new Identity(),
          new Conv2d(32, 32, 3, { ...conv, padding: 1 }),
          new BatchNorm2d(32, relu),
          new Identity(),
          new Conv2d(32, 64, 3, { ...conv, padding: 1 }),
        ])
      : new Conv2d(options.inChannels, 64, 7, { ...conv, stride: 2, padding: 3 });
    this.bn1 = new BatchNorm2d(64, relu);
    this.maxpool = new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 });
    [this.layer1, this.layer2, this.layer3, this.layer4] = makeStages(settings, options.dropPathRate);
    const { expansion } = settings.block === 'basic' ? BasicBlock : Bottleneck;
    const { pool, features } = makePool(options.globalPool ?? 'avg', 512 * expansion);
    this.numFeatures = features;
    this.global_pool = pool;
    this.drop = new Dropout(options.dropRate);
    this.fc = makeClassifier(features, classesOf(options));
    this.featureInfo = [
      { channels: 64, reduction: 2, module: 'bn1' },
      ...[64, 128, 256, 512].map((planes, i) => ({
        channels: planes * expansion,
        reduction: 4 * 2 ** i,
        module: `layer${i + 1}`,
      })),
    ];
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    let y = (this.conv1 as Conv2d).call(x);
    y = this.bn1.call(y);
    y = this.maxpool.call(y);
    y = this.layer1.call(y) as tf.Tensor4D;
    y = this.layer2.call(y) as tf.Tensor4D;
    y = this.layer3.call(y) as tf.Tensor4D;
    return this.layer4.call(y) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    let y = this.global_pool.call(features);
    y = this.drop.call(y);
    return preLogits ? y : this.fc.call(y);
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

function makeStages(
  settings: ResNetSettings,
  dropPathRate: number,
): [Sequential, Sequential, Sequential, Sequential] {
  const { layers, cardinality = 1, baseWidth = 64, deepStem = false, squeezeExcite = false } = settings;
  const Block = settings.block === 'basic' ? BasicBlock : Bottleneck;
  const total = layers.reduce((sum, count) => sum + count, 0);
  let channels = 64;
  let index = 0;
  return layers.map((count, stage) => {
    const planes = 64 * 2 ** stage;
    const blocks: ResidualBlock[] = [];
    for (let i = 0; i < count; i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      const out = planes * Block.expansion;
      const needsProjection = i === 0 && (stride > 1 || channels !== out);
      blocks.push(
        new Block(channels, planes, {
          stride,
          downsample: needsProjection ? makeDownsample(channels, out, stride, deepStem) : null,
          cardinality,
          baseWidth,
          squeezeExcite,
          dropPathRate: dropPathAt(dropPathRate, index, total),
        }),
      );
      channels = out;
      index++;
    }
    return new Sequential(blocks);
  }) as [Sequential, Sequential, Sequential, Sequential];
}

function makeDownsample(from: number, to: number, stride: number, isAveraged: boolean): Sequential {
  if (!isAveraged) return new Sequential([new Conv2d(from, to, 1, { ...conv, stride }), new BatchNorm2d(to)]);
  const pool =
    stride === 1
      ? new Identity()
      : new AvgPool2d({ kernelSize: 2, stride, ceilMode: true, countIncludePad: false });
  return new Sequential([pool, new Conv2d(from, to, 1, conv), new BatchNorm2d(to)]);
}

/** The nearest multiple of 8, at least 8, as timm's squeeze-and-excitation rounds. */
function roundChannels(channels: number): number {
  return Math.max(8, Math.floor((channels + 4) / 8) * 8);
}

type Layers = ResNetSettings['layers'];

function basic(layers: Layers, rest: Partial<ResNetSettings> = {}): ResNetSettings {
  return { block: 'basic', layers, ...rest };
}

function bottleneck(layers: Layers, rest: Partial<ResNetSettings> = {}): ResNetSettings {
  return { block: 'bottleneck', layers, ...rest };
}

const deepStem = true;
const squeezeExcite = true;
const x32x4 = { cardinality: 32, baseWidth: 4 };
const x32x8 = { cardinality: 32, baseWidth: 8 };
const x64x4 = { cardinality: 64, baseWidth: 4 };

export const resnet: AnyFamily = defineFamily<ResNetSettings>({
  name: 'resnet',
  build: (settings, options) => new ResNet(settings, options),
  // The same names and keys.
  torchvision: Object.fromEntries(
    [
      'resnet18 resnet34 resnet50 resnet101 resnet152 wide_resnet50_2 wide_resnet101_2',
      'resnext50_32x4d resnext101_32x8d resnext101_64x4d',
    ].flatMap((names) => names.split(' ').map((name) => [name, name])),
  ),
  variants: {
    resnet18: basic([2, 2, 2, 2]),
    resnet18d: basic([2, 2, 2, 2], { deepStem }),
    resnet34: basic([3, 4, 6, 3]),
    resnet34d: basic([3, 4, 6, 3], { deepStem }),
    resnet26: bottleneck([2, 2, 2, 2]),
    resnet26d: bottleneck([2, 2, 2, 2], { deepStem }),
    resnet50: bottleneck([3, 4, 6, 3]),
    resnet50d: bottleneck([3, 4, 6, 3], { deepStem }),
    resnet101: bottleneck([3, 4, 23, 3]),
    resnet101d: bottleneck([3, 4, 23, 3], { deepStem }),
    resnet152: bottleneck([3, 8, 36, 3]),
    resnet152d: bottleneck([3, 8, 36, 3], { deepStem }),
    wide_resnet50_2: bottleneck([3, 4, 6, 3], { baseWidth: 128 }),
    wide_resnet101_2: bottleneck([3, 4, 23, 3], { baseWidth: 128 }),
    resnext50_32x4d: bottleneck([3, 4, 6, 3], x32x4),
    resnext50d_32x4d: bottleneck([3, 4, 6, 3], { ...x32x4, deepStem }),
    resnext101_32x4d: bottleneck([3, 4, 23, 3], x32x4),
    resnext101_32x8d: bottleneck([3, 4, 23, 3], x32x8),
    resnext101_64x4d: bottleneck([3, 4, 23, 3], x64x4),
    seresnet18: basic([2, 2, 2, 2], { squeezeExcite }),
    seresnet34: basic([3, 4, 6, 3], { squeezeExcite }),
    seresnet50: bottleneck([3, 4, 6, 3], { squeezeExcite }),
    seresnet101: bottleneck([3, 4, 23, 3], { squeezeExcite }),
    seresnet152: bottleneck([3, 8, 36, 3], { squeezeExcite }),
    seresnet152d: bottleneck([3, 8, 36, 3], { squeezeExcite, deepStem }),
    seresnext26d_32x4d: bottleneck([2, 2, 2, 2], { ...x32x4, squeezeExcite, deepStem }),
    seresnext50_32x4d: bottleneck([3, 4, 6, 3], { ...x32x4, squeezeExcite }),
    seresnext101_32x4d: bottleneck([3, 4, 23, 3], { ...x32x4, squeezeExcite }),
    seresnext101_32x8d: bottleneck([3, 4, 23, 3], { ...x32x8, squeezeExcite }),
    seresnext101d_32x8d: bottleneck([3, 4, 23, 3], { ...x32x8, squeezeExcite, deepStem }),
    seresnext101_64x4d: bottleneck([3, 4, 23, 3], { ...x64x4, squeezeExcite }),
  },
});
