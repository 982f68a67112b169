// Convolutional blocks of CoAtNet (Dai et al. 2021, arXiv 2106.04803) and MaxViT (Tu et al. 2022, 2204.01697), with timm's names.
import { type Activation, activate } from '@podium/engine';
import {
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  DropPath,
  LayerNorm2d,
  LayerScale,
  MaxPool2d,
  Module,
  SqueezeExcite,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { roundChannels } from './efficient-plan.ts';

export type PoolKind = 'avg2' | 'max';

export interface MaxxVitConvSettings {
  /** Default `mbconv`. */
  readonly block?: 'mbconv' | 'convnext';
  /** What strides: a mean of 2x2 positions before the first convolution, or the depthwise convolution (default). */
  readonly stride?: 'pool' | 'depthwise';
  /** Pooling of the shortcut, and of maps before attention. Default `avg2`. */
  readonly pool?: PoolKind;
  /** Whether the hidden channels follow from the input instead of the output. */
  readonly expandInput?: boolean;
  /** Bias of the last convolution and of the shortcut. Default true. */
  readonly outputBias?: boolean;
  /** An activation after the first norm. */
  readonly activateFirst?: boolean;
  /** Whether squeeze-and-excitation comes before the second norm instead of after it. */
  readonly gateFirst?: boolean;
  /** Default `silu`. */
  readonly gateActivation?: Activation;
  /** Channels inside the gate per channel of the output, or of the hidden layer with `expandInput`. Default 1/4. */
  readonly gateRatio?: number;
  /** Default `gelu`. */
  readonly activation?: Activation;
  /** Of the norms. Default 1e-5, for `convnext` 1e-6. */
  readonly epsilon?: number;
  /** TensorFlow's rule for padding. */
  readonly same?: boolean;
  /** Layer scale of `convnext` blocks. */
  readonly layerScale?: number;
}

const EXPANSION = 4;

/** Halves a map, and changes its channels by a 1x1 convolution if they differ. */
export class Downsample extends Module {
  pool: AvgPool2d | MaxPool2d;
  expand: Conv2d | null;

  constructor(from: number, to: number, kind: PoolKind, bias: boolean) {
    super();
    this.pool =
      kind === 'max'
        ? new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 })
        : new AvgPool2d({ kernelSize: 2, stride: 2 });
    this.expand = from === to ? null : new Conv2d(from, to, 1, { bias });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.pool.call(x);
    return this.expand === null ? y : this.expand.call(y);
  }
}

/** `[B,H,W,C] -> [B,H',W',C']`, pre-norm inverted bottleneck with a gate. */
export class MbConvBlock extends Module {
  shortcut: Downsample | null;
  pre_norm: BatchNorm2d;
  down: Downsample | null;
  conv1_1x1: Conv2d;
  norm1: BatchNorm2d;
  conv2_kxk: Conv2d;
  se_early: SqueezeExcite | null;
  norm2: BatchNorm2d;
  se: SqueezeExcite | null;
  conv3_1x1: Conv2d;
  drop_path: DropPath | null;

  constructor(from: number, to: number, stride: 1 | 2, settings: MaxxVitConvSettings, dropPathRate: number) {
    super();
    const { pool = 'avg2', outputBias = true, expandInput = false, gateFirst = false } = settings;
    const { activation = 'gelu', epsilon = 1e-5, gateRatio = 0.25 } = settings;
    const hidden = roundChannels((expandInput ? from : to) * EXPANSION);
    const pools = settings.stride === 'pool' && stride === 2;
    const strides = stride === 2 && !pools ? 2 : 1;
    const makeGate = () =>
      new SqueezeExcite(hidden, {
        reduced: Math.trunc(gateRatio * (expandInput ? hidden : to)),
        activation: settings.gateActivation ?? 'silu',
      });
    this.shortcut = stride === 2 ? new Downsample(from, to, pool, outputBias) : null;
    this.pre_norm = new BatchNorm2d(from, {
      epsilon,
      activation: settings.activateFirst === true ? activation : 'linear',
    });
    this.down = pools ? new Downsample(from, from, 'avg2', true) : null;
    this.conv1_1x1 = new Conv2d(from, hidden, 1, { bias: false });
    this.norm1 = new BatchNorm2d(hidden, { epsilon, activation });
    this.conv2_kxk = new Conv2d(hidden, hidden, 3, {
      stride: strides,
      padding: settings.same === true && strides === 2 ? 'same' : 1,
      groups: hidden,
      bias: false,
    });
    this.se_early = gateFirst ? makeGate() : null;
    this.norm2 = new BatchNorm2d(hidden, { epsilon, activation });
    this.se = gateFirst ? null : makeGate();
    this.conv3_1x1 = new Conv2d(hidden, to, 1, { bias: outputBias });
    this.drop_path = dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const shortcut = this.shortcut === null ? x : this.shortcut.call(x);
    let y = this.pre_norm.call(x);
    if (this.down !== null) y = this.down.call(y);
    y = this.conv1_1x1.call(y);
    y = this.norm1.call(y);
    y = this.conv2_kxk.call(y);
    if (this.se_early !== null) y = this.se_early.call(y);
    y = this.norm2.call(y);
    if (this.se !== null) y = this.se.call(y);
    y = this.conv3_1x1.call(y);
    if (this.drop_path !== null) y = this.drop_path.call(y) as tf.Tensor4D;
    return tf.add(y, shortcut) as tf.Tensor4D;
  }
}

/** Two 1x1 convolutions with an activation between them. */
export class ConvMlp extends Module {
  readonly activation: Activation;
  fc1: Conv2d;
  fc2: Conv2d;

  constructor(channels: number, activation: Activation) {
    super();
    this.activation = activation;
    this.fc1 = new Conv2d(channels, EXPANSION * channels, 1);
    this.fc2 = new Conv2d(EXPANSION * channels, channels, 1);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const hidden = activate(this.fc1.call(x), this.activation);
    return this.fc2.call(hidden);
  }
}

/** `[B,H,W,C] -> [B,H',W',C']` */
export class ConvNeXtBlock extends Module {
  shortcut: Downsample | null;
  conv_dw: Conv2d;
  norm: LayerNorm2d;
  mlp: ConvMlp;
  ls: LayerScale | null;
  drop_path: DropPath | null;

  constructor(from: number, to: number, stride: 1 | 2, settings: MaxxVitConvSettings, dropPathRate: number) {
    super();
    const { activation = 'gelu', epsilon = 1e-6, layerScale } = settings;
    this.shortcut = stride === 2 ? new Downsample(from, to, 'avg2', true) : null;
    this.conv_dw = new Conv2d(from, to, 7, { stride, padding: 3, groups: from });
    this.norm = new LayerNorm2d(to, { epsilon });
    this.mlp = new ConvMlp(to, activation);
    this.ls = layerScale === undefined ? null : new LayerScale(to, layerScale);
    this.drop_path = dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y: tf.Tensor = this.conv_dw.call(x);
    y = this.norm.call(y);
    y = this.mlp.call(y as tf.Tensor4D);
    if (this.ls !== null) y = this.ls.call(y);
    if (this.drop_path !== null) y = this.drop_path.call(y);
    return tf.add(y, this.shortcut === null ? x : this.shortcut.call(x)) as tf.Tensor4D;
  }
}

/** A norm with an activation after it, as the stem of networks without batch norm has. */
class LayerNormAct extends LayerNorm2d {
  readonly activation: Activation;

  constructor(channels: number, epsilon: number, activation: Activation) {
    super(channels, { epsilon });
    this.activation = activation;
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return activate(super.forward(x), this.activation);
  }
}

/** Two 3x3 convolutions; the first one halves the image. */
export class MaxxVitStem extends Module {
  conv1: Conv2d;
  norm1: BatchNorm2d | LayerNormAct;
  conv2: Conv2d;

  constructor(
    from: number,
    [first, second]: readonly [number, number],
    bias: boolean,
    settings: MaxxVitConvSettings,
  ) {
    super();
    const { activation = 'gelu', same = false } = settings;
    this.conv1 = new Conv2d(from, first, 3, { stride: 2, padding: same ? 'same' : 1, bias });
    this.norm1 =
      settings.block === 'convnext'
        ? new LayerNormAct(first, settings.epsilon ?? 1e-6, activation)
        : new BatchNorm2d(first, { epsilon: settings.epsilon ?? 1e-5, activation });
    this.conv2 = new Conv2d(first, second, 3, { padding: 1, bias });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.norm1.call(this.conv1.call(x)) as tf.Tensor4D;
    return this.conv2.call(y);
  }
}
