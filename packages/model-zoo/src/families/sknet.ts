// Selective kernel networks: Li et al. 2019 (arXiv 1903.06586). Structure and names as in timm, whose larger kernels are dilated
// 3x3 ones, and whose paths may have a part of the channels each.
import { globalAveragePool2d, scaleChannels } from '@podium/engine';
import { BatchNorm2d, Conv2d, Module, ModuleList } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import type { ModelOptions } from '../image-model.ts';
import { ConvBnAct } from './shared/conv-bn-act.ts';
import { roundChannels } from './shared/efficient-plan.ts';
import { pathWeights, sum } from './shared/path-weights.ts';
import {
  conv,
  ResidualBlock,
  ResNet,
  type ResNetBlockOptions,
  type ResNetShape,
  relu,
} from './shared/resnet-model.ts';

interface SKNetSettings extends ResNetShape {
  readonly block: 'basic' | 'bottleneck';
  readonly cardinality?: number;
  readonly baseWidth?: number;
  /** Channels of the attention's inner layer: a share of the block's, rounded to a multiple. */
  readonly reduced: { readonly ratio: number; readonly divisor: number };
  /** Whether each path gets all channels. Default: an equal part each. */
  readonly wholeInput?: boolean;
}

/** One path per dilation of a 3x3 convolution. */
const DILATIONS = [1, 2];
const { init } = conv;

/** Scores of the paths from the channel means of their sum, `[B,C] -> [B,P,C]`. */
class SelectiveKernelAttention extends Module<[means: tf.Tensor2D], tf.Tensor3D> {
  fc_reduce: Conv2d;
  bn: BatchNorm2d;
  fc_select: Conv2d;

  constructor(channels: number, reduced: number) {
    super();
    this.fc_reduce = new Conv2d(channels, reduced, 1, conv);
    this.bn = new BatchNorm2d(reduced, relu);
    this.fc_select = new Conv2d(reduced, DILATIONS.length * channels, 1, conv);
  }

  forward(means: tf.Tensor2D): tf.Tensor3D {
    const [batch, channels] = means.shape;
    let y = tf.reshape(means, [batch, 1, 1, channels]) as tf.Tensor4D;
    y = this.fc_reduce.call(y);
    y = this.bn.call(y);
    y = this.fc_select.call(y);
    return tf.reshape(y, [batch, DILATIONS.length, channels]);
  }
}

/** Convolutions of different reach, mixed with weights that depend on the image, `[B,H,W,C] -> [B,H',W',K]`. */
class SelectiveKernel extends Module {
  readonly wholeInput: boolean;
  paths: ModuleList;
  attn: SelectiveKernelAttention;

  constructor(
    from: number,
    to: number,
    { reduced, cardinality = 1, wholeInput = false }: SKNetSettings,
    stride: number,
  ) {
    super();
    this.wholeInput = wholeInput;
    const width = wholeInput ? from : from / DILATIONS.length;
    const groups = Math.min(to, cardinality);
    this.paths = new ModuleList(
      DILATIONS.map((dilation) => new ConvBnAct(width, to, 3, { stride, groups, dilation, init })) as never[],
    );
    this.attn = new SelectiveKernelAttention(to, roundChannels(to * reduced.ratio, 0.9, reduced.divisor));
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const paths = this.paths.items as unknown as ConvBnAct[];
    const inputs = this.wholeInput ? paths.map(() => x) : tf.split<tf.Tensor4D>(x, paths.length, 3);
    const outputs = paths.map((path, i) => path.call(inputs[i]!));
    const means = sum(outputs.map((output) => globalAveragePool2d(output)));
    const weights = pathWeights(this.attn.call(means));
    return sum(outputs.map((output, i) => scaleChannels(output, weights[i]!)));
  }
}

class SelectiveKernelBasic extends ResidualBlock {
  static readonly expansion = 1;
  conv1: SelectiveKernel;
  conv2: ConvBnAct;

  constructor(inChannels: number, planes: number, settings: SKNetSettings, options: ResNetBlockOptions) {
    super();
    this.conv1 = new SelectiveKernel(inChannels, planes, settings, options.stride);
    this.conv2 = new ConvBnAct(planes, planes, 3, { activation: 'linear', init });
    this.finishWith(this.conv2.bn, options);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.conv1.call(x);
    return this.normAddRelu(this.conv2.bn, this.conv2.conv.call(y), x);
  }
}

class SelectiveKernelBottleneck extends ResidualBlock {
  static readonly expansion = 4;
  conv1: ConvBnAct;
  conv2: SelectiveKernel;
  conv3: ConvBnAct;

  constructor(inChannels: number, planes: number, settings: SKNetSettings, options: ResNetBlockOptions) {
    super();
    const { cardinality = 1, baseWidth = 64 } = settings;
    const width = Math.floor(planes * (baseWidth / 64)) * cardinality;
    const out = planes * SelectiveKernelBottleneck.expansion;
    this.conv1 = new ConvBnAct(inChannels, width, 1, { init });
    this.conv2 = new SelectiveKernel(width, width, settings, options.stride);
    this.conv3 = new ConvBnAct(width, out, 1, { activation: 'linear', init });
    this.finishWith(this.conv3.bn, options);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.conv2.call(this.conv1.call(x));
    return this.normAddRelu(this.conv3.bn, this.conv3.conv.call(y), x);
  }
}

function build(settings: SKNetSettings, options: ModelOptions): ResNet {
  const Block = settings.block === 'basic' ? SelectiveKernelBasic : SelectiveKernelBottleneck;
  return new ResNet(
    settings,
    { expansion: Block.expansion, make: (from, planes, rest) => new Block(from, planes, settings, rest) },
    options,
  );
}

const basic = { block: 'basic', reduced: { ratio: 1 / 8, divisor: 16 } } as const;
const bottleneck = {
  block: 'bottleneck',
  layers: [3, 4, 6, 3],
  reduced: { ratio: 1 / 16, divisor: 8 },
} as const;

export const sknet: AnyFamily = defineFamily<SKNetSettings>({
  name: 'sknet',
  build,
  variants: {
    skresnet18: { ...basic, layers: [2, 2, 2, 2] },
    skresnet34: { ...basic, layers: [3, 4, 6, 3] },
    skresnet50: bottleneck,
    skresnet50d: { ...bottleneck, stem: 'deep', averageDown: true },
    skresnext50_32x4d: {
      ...bottleneck,
      cardinality: 32,
      baseWidth: 4,
      reduced: { ratio: 1 / 16, divisor: 32 },
      wholeInput: true,
    },
  },
});
