// ResNeSt: Zhang et al. 2020 (arXiv 2004.08955). Structure and names as in timm.
import { globalAveragePool2d, scaleChannels } from '@podium/engine';
import { AvgPool2d, BatchNorm2d, Conv2d, init, Module, Parameter } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import type { ModelOptions } from '../image-model.ts';
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

interface ResNeStSettings extends ResNetShape {
  /** Splits per group. */
  readonly radix: number;
  readonly cardinality?: number;
  readonly baseWidth?: number;
  /** Whether maps are averaged before the 3x3 convolution instead of after it. */
  readonly averageFirst?: boolean;
}

const EXPANSION = 4;
const SMALLEST_ATTENTION = 32;

/** A 3x3 convolution with several outputs, mixed with weights that depend on the image, `[B,H,W,C] -> [B,H,W,C]`. */
class SplitAttention extends Module {
  readonly radix: number;
  readonly cardinality: number;
  conv: Conv2d;
  bn0: BatchNorm2d;
  fc1: Conv2d;
  bn1: BatchNorm2d;
  fc2: Conv2d;

  constructor(channels: number, radix: number, cardinality: number) {
    super();
    this.radix = radix;
    this.cardinality = cardinality;
    const all = channels * radix;
    const reduced = Math.max(SMALLEST_ATTENTION, roundChannels(all / 4));
    const dense = { init: conv.init, groups: cardinality };
    this.conv = new Conv2d(channels, all, 3, { ...conv, padding: 1, groups: cardinality * radix });
    this.bn0 = new BatchNorm2d(all, relu);
    this.fc1 = new Conv2d(channels, reduced, 1, dense);
    this.bn1 = new BatchNorm2d(reduced, relu);
    this.fc2 = new Conv2d(reduced, all, 1, dense);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const { radix } = this;
    const y = this.bn0.call(this.conv.call(x));
    const weighted = scaleChannels(y, this.weights(globalAveragePool2d(y)));
    return sum(tf.split(weighted, radix, 3));
  }

  /** `[B,RC] -> [B,RC]` */
  private weights(means: tf.Tensor2D): tf.Tensor2D {
    const { radix, cardinality } = this;
    const [batch, all] = means.shape;
    const channels = all / radix;
    const summed = tf.sum(tf.reshape(means, [batch, radix, channels]), 1);
    let y = tf.reshape(summed, [batch, 1, 1, channels]) as tf.Tensor4D;
    y = this.fc1.call(y);
    y = this.bn1.call(y);
    y = this.fc2.call(y);
    if (radix === 1) return tf.sigmoid(tf.reshape(y, [batch, all]));
    // From the order of the grouped layer, [B,groups,R,C/groups], to that of the map, [B,R,groups,C/groups].
    const grouped = tf.reshape(y, [batch, cardinality, radix, channels / cardinality]);
    const scores = tf.reshape(tf.transpose(grouped, [0, 2, 1, 3]), [batch, radix, channels]);
    return tf.concat(pathWeights(scores as tf.Tensor3D), 1);
  }
}

/**
 * Stochastic depth skips the branch, as in the paper; timm 1.0 applies it to the input of projected shortcuts and nowhere else.
 */
class ResNestBottleneck extends ResidualBlock {
  conv1: Conv2d;
  bn1: BatchNorm2d;
  avd_first: AvgPool2d | null;
  /** Without a stride: that of the block is the pooling's. */
  conv2: SplitAttention;
  avd_last: AvgPool2d | null;
  conv3: Conv2d;
  bn3: BatchNorm2d;

  constructor(inChannels: number, planes: number, settings: ResNeStSettings, options: ResNetBlockOptions) {
    super();
    const { radix, cardinality = 1, baseWidth = 64, averageFirst = false } = settings;
    const { stride } = options;
    const width = Math.floor(planes * (baseWidth / 64)) * cardinality;
    const out = planes * EXPANSION;
    const pool = stride > 1 ? new AvgPool2d({ kernelSize: 3, stride, padding: 1 }) : null;
    this.conv1 = new Conv2d(inChannels, width, 1, conv);
    this.bn1 = new BatchNorm2d(width, relu);
    this.avd_first = averageFirst ? pool : null;
    this.conv2 = new SplitAttention(width, radix, cardinality);
    this.avd_last = averageFirst ? null : pool;
    this.conv3 = new Conv2d(width, out, 1, conv);
    this.bn3 = new BatchNorm2d(out);
    this.bn3.weight = new Parameter([out], init.zeros);
    this.finishWith(this.bn3, options);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv1.call(x);
    y = this.bn1.call(y);
    if (this.avd_first !== null) y = this.avd_first.call(y);
    y = this.conv2.call(y);
    if (this.avd_last !== null) y = this.avd_last.call(y);
    y = this.conv3.call(y);
    return this.normAddRelu(this.bn3, y, x);
  }
}

function build(settings: ResNeStSettings, options: ModelOptions): ResNet {
  return new ResNet(
    settings,
    {
      expansion: EXPANSION,
      make: (from, planes, rest) => new ResNestBottleneck(from, planes, settings, rest),
    },
    options,
  );
}

function d(layers: ResNetShape['layers'], rest: Partial<ResNeStSettings> = {}): ResNeStSettings {
  return { layers, radix: 2, stem: 'deep', averageDown: true, ...rest };
}

/** Twice as wide a stem. */
function e(layers: ResNetShape['layers']): ResNeStSettings {
  return d(layers, { stemWidth: 64 });
}

const averageFirst = true;

export const resnest: AnyFamily = defineFamily<ResNeStSettings>({
  name: 'resnest',
  build,
  variants: {
    resnest14d: d([1, 1, 1, 1]),
    resnest26d: d([2, 2, 2, 2]),
    resnest50d: d([3, 4, 6, 3]),
    resnest101e: e([3, 4, 23, 3]),
    resnest200e: e([3, 24, 36, 3]),
    resnest269e: e([3, 30, 48, 8]),
    resnest50d_4s2x40d: d([3, 4, 6, 3], { radix: 4, cardinality: 2, baseWidth: 40, averageFirst }),
    resnest50d_1s4x24d: d([3, 4, 6, 3], { radix: 1, cardinality: 4, baseWidth: 24, averageFirst }),
  },
});
