// ResNet: He et al. 2016 (arXiv 1512.03385), ResNeXt: Xie et al. 2017 (1611.05431), SE: Hu et al. 2018 (1709.01507),
// the D variants: He et al. 2019 (1812.01187), wide ResNets: Zagoruyko and Komodakis 2016 (1605.07146), ECA: Wang et al. 2020
// (1910.03151). Structure and names as in timm.
import { BatchNorm2d, Conv2d, EfficientChannelAttention, SqueezeExcite } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import type { ModelOptions } from '../image-model.ts';
import { roundChannels } from './shared/efficient-plan.ts';
import {
  type ChannelGate,
  conv,
  ResidualBlock,
  ResNet,
  type ResNetBlockOptions,
  type ResNetShape,
  relu,
} from './shared/resnet-model.ts';

interface ResNetSettings extends ResNetShape {
  readonly block: 'basic' | 'bottleneck';
  /** Groups of the 3x3 convolutions: ResNeXt. */
  readonly cardinality?: number;
  readonly baseWidth?: number;
  /** At the end of each block: squeeze-and-excitation or efficient channel attention. */
  readonly gate?: 'se' | 'eca';
}

type BlockSettings = Required<Pick<ResNetSettings, 'cardinality' | 'baseWidth'>> &
  Pick<ResNetSettings, 'gate'>;

class BasicBlock extends ResidualBlock {
  static readonly expansion = 1;
  conv1: Conv2d;
  bn1: BatchNorm2d;
  conv2: Conv2d;
  bn2: BatchNorm2d;

  constructor(inChannels: number, planes: number, settings: BlockSettings, options: ResNetBlockOptions) {
    super();
    this.conv1 = new Conv2d(inChannels, planes, 3, { ...conv, stride: options.stride, padding: 1 });
    this.bn1 = new BatchNorm2d(planes, relu);
    this.conv2 = new Conv2d(planes, planes, 3, { ...conv, padding: 1 });
    this.bn2 = new BatchNorm2d(planes);
    this.finishWith(this.bn2, options, makeGate(planes, settings.gate));
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

  constructor(inChannels: number, planes: number, settings: BlockSettings, options: ResNetBlockOptions) {
    super();
    const { cardinality, baseWidth, gate } = settings;
    const { stride } = options;
    const width = Math.floor(planes * (baseWidth / 64)) * cardinality;
    this.conv1 = new Conv2d(inChannels, width, 1, conv);
    this.bn1 = new BatchNorm2d(width, relu);
    this.conv2 = new Conv2d(width, width, 3, { ...conv, stride, padding: 1, groups: cardinality });
    this.bn2 = new BatchNorm2d(width, relu);
    this.conv3 = new Conv2d(width, planes * Bottleneck.expansion, 1, conv);
    this.bn3 = new BatchNorm2d(planes * Bottleneck.expansion);
    this.finishWith(this.bn3, options, makeGate(planes * Bottleneck.expansion, gate));
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

function makeGate(channels: number, kind: ResNetSettings['gate']): ChannelGate | null {
  if (kind === undefined) return null;
  if (kind === 'eca') return new EfficientChannelAttention(channels);
  return new SqueezeExcite(channels, { reduced: roundChannels(channels / 16, 0) });
}

function build(settings: ResNetSettings, options: ModelOptions): ResNet {
  const { cardinality = 1, baseWidth = 64, gate } = settings;
  const Block = settings.block === 'basic' ? BasicBlock : Bottleneck;
  const { expansion } = Block;
  const block = { cardinality, baseWidth, gate };
  return new ResNet(
    settings,
    { expansion, make: (from, planes, rest) => new Block(from, planes, block, rest) },
    options,
  );
}

type Layers = ResNetSettings['layers'];

function basic(layers: Layers, rest: Partial<ResNetSettings> = {}): ResNetSettings {
  return { block: 'basic', layers, ...rest };
}

function bottleneck(layers: Layers, rest: Partial<ResNetSettings> = {}): ResNetSettings {
  return { block: 'bottleneck', layers, ...rest };
}

/** The D variants. */
const deep = { stem: 'deep', averageDown: true } as const;
/** The C variants. */
const c = { stem: 'deep' } as const;
/** The S variants. */
const s = { stem: 'deep', stemWidth: 64 } as const;
/** The T variants. */
const tiered = { stem: 'tiered', averageDown: true } as const;
const se = { gate: 'se' } as const;
const eca = { gate: 'eca' } as const;
const x32x4 = { cardinality: 32, baseWidth: 4 };
const x32x8 = { cardinality: 32, baseWidth: 8 };
const x64x4 = { cardinality: 64, baseWidth: 4 };

export const resnet: AnyFamily = defineFamily<ResNetSettings>({
  name: 'resnet',
  build,
  // The same names and keys.
  torchvision: Object.fromEntries(
    [
      'resnet18 resnet34 resnet50 resnet101 resnet152 wide_resnet50_2 wide_resnet101_2',
      'resnext50_32x4d resnext101_32x8d resnext101_64x4d',
    ].flatMap((names) => names.split(' ').map((name) => [name, name])),
  ),
  variants: {
    resnet10t: basic([1, 1, 1, 1], tiered),
    resnet14t: bottleneck([1, 1, 1, 1], tiered),
    resnet18: basic([2, 2, 2, 2]),
    resnet18d: basic([2, 2, 2, 2], deep),
    resnet34: basic([3, 4, 6, 3]),
    resnet34d: basic([3, 4, 6, 3], deep),
    resnet26: bottleneck([2, 2, 2, 2]),
    resnet26d: bottleneck([2, 2, 2, 2], deep),
    resnet26t: bottleneck([2, 2, 2, 2], tiered),
    resnet50: bottleneck([3, 4, 6, 3]),
    resnet50c: bottleneck([3, 4, 6, 3], c),
    resnet50d: bottleneck([3, 4, 6, 3], deep),
    resnet50s: bottleneck([3, 4, 6, 3], s),
    resnet50t: bottleneck([3, 4, 6, 3], tiered),
    resnet101: bottleneck([3, 4, 23, 3]),
    resnet101c: bottleneck([3, 4, 23, 3], c),
    resnet101d: bottleneck([3, 4, 23, 3], deep),
    resnet101s: bottleneck([3, 4, 23, 3], s),
    resnet152: bottleneck([3, 8, 36, 3]),
    resnet152c: bottleneck([3, 8, 36, 3], c),
    resnet152d: bottleneck([3, 8, 36, 3], deep),
    resnet152s: bottleneck([3, 8, 36, 3], s),
    resnet200: bottleneck([3, 24, 36, 3]),
    resnet200d: bottleneck([3, 24, 36, 3], deep),
    wide_resnet50_2: bottleneck([3, 4, 6, 3], { baseWidth: 128 }),
    wide_resnet101_2: bottleneck([3, 4, 23, 3], { baseWidth: 128 }),
    resnext50_32x4d: bottleneck([3, 4, 6, 3], x32x4),
    resnext50d_32x4d: bottleneck([3, 4, 6, 3], { ...x32x4, ...deep }),
    resnext101_32x4d: bottleneck([3, 4, 23, 3], x32x4),
    resnext101_32x8d: bottleneck([3, 4, 23, 3], x32x8),
    resnext101_32x16d: bottleneck([3, 4, 23, 3], { cardinality: 32, baseWidth: 16 }),
    resnext101_32x32d: bottleneck([3, 4, 23, 3], { cardinality: 32, baseWidth: 32 }),
    resnext101_64x4d: bottleneck([3, 4, 23, 3], x64x4),
    ecaresnet26t: bottleneck([2, 2, 2, 2], { ...eca, ...tiered }),
    ecaresnet50d: bottleneck([3, 4, 6, 3], { ...eca, ...deep }),
    ecaresnet50t: bottleneck([3, 4, 6, 3], { ...eca, ...tiered }),
    ecaresnet101d: bottleneck([3, 4, 23, 3], { ...eca, ...deep }),
    ecaresnet200d: bottleneck([3, 24, 36, 3], { ...eca, ...deep }),
    ecaresnet269d: bottleneck([3, 30, 48, 8], { ...eca, ...deep }),
    ecaresnetlight: bottleneck([1, 1, 11, 3], { ...eca, averageDown: true }),
    ecaresnext26t_32x4d: bottleneck([2, 2, 2, 2], { ...x32x4, ...eca, ...tiered }),
    ecaresnext50t_32x4d: bottleneck([3, 4, 6, 3], { ...x32x4, ...eca, ...tiered }),
    seresnet18: basic([2, 2, 2, 2], se),
    seresnet34: basic([3, 4, 6, 3], se),
    seresnet50: bottleneck([3, 4, 6, 3], se),
    seresnet50t: bottleneck([3, 4, 6, 3], { ...se, ...tiered }),
    seresnet101: bottleneck([3, 4, 23, 3], se),
    seresnet152: bottleneck([3, 8, 36, 3], se),
    seresnet152d: bottleneck([3, 8, 36, 3], { ...se, ...deep }),
    seresnet200d: bottleneck([3, 24, 36, 3], { ...se, ...deep }),
    seresnet269d: bottleneck([3, 30, 48, 8], { ...se, ...deep }),
    seresnext26d_32x4d: bottleneck([2, 2, 2, 2], { ...x32x4, ...se, ...deep }),
    seresnext26t_32x4d: bottleneck([2, 2, 2, 2], { ...x32x4, ...se, ...tiered }),
    seresnext50_32x4d: bottleneck([3, 4, 6, 3], { ...x32x4, ...se }),
    seresnext101_32x4d: bottleneck([3, 4, 23, 3], { ...x32x4, ...se }),
    seresnext101_32x8d: bottleneck([3, 4, 23, 3], { ...x32x8, ...se }),
    seresnext101d_32x8d: bottleneck([3, 4, 23, 3], { ...x32x8, ...se, ...deep }),
    seresnext101_64x4d: bottleneck([3, 4, 23, 3], { ...x64x4, ...se }),
  },
});
