// Blocks of MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), MobileNetV3 (Howard et al. 2019, 1905.02244),
// EfficientNet (Tan and Le 2019, 1905.11946) and EfficientNetV2 (2021, 2104.00298). Structure and names as in timm.
import type { Activation } from '@podium/engine';
import {
  type AvgPool2d,
  BatchNorm2d,
  Conv2d,
  DropPath,
  Module,
  Sequential,
  type SqueezeExcite,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureStage } from '../../image-model.ts';
import { type Antialias, type BlurPool2d, makeAntialias } from './antialias.ts';
import { type BlockKind, type BlockPlan, innerChannels, type StagePlans } from './efficient-plan.ts';

/** What all blocks of a network share. */
export interface BlockStyle {
  readonly activation: Activation;
  /** Of all batch norms. Default: those of `BatchNorm2d`. */
  readonly epsilon?: number;
  readonly momentum?: number;
  /** `same`: TensorFlow's rule (timm's tf_ models). `symmetric`: as many zeros on each side. Default `symmetric`. */
  readonly padding?: 'same' | 'symmetric';
  /** How `er` and `uir` blocks halve the map: by pooling after the convolution instead of its stride. */
  readonly antialias?: Antialias;
  /** Initial value of the layer scale of `uir` and `mqa` blocks. Default: they have none. */
  readonly layerScale?: number;
}

/** Makes the gate of a block from its plan and its inner channels. */
export type MakeGate = (plan: BlockPlan, channels: number, activation: Activation) => SqueezeExcite;

export interface BlockOptions {
  readonly style: BlockStyle;
  readonly makeGate: MakeGate;
  /** Stochastic depth of this block. */
  readonly dropPathRate: number;
}

interface ConvOptions {
  readonly stride?: number;
  readonly groups?: number;
}

/** A convolution without bias that keeps the size of the map, divided by its stride. */
export function convolution(
  from: number,
  to: number,
  kernel: number,
  { padding = 'symmetric' }: BlockStyle,
  { stride = 1, groups = 1 }: ConvOptions = {},
): Conv2d {
  const isSame = padding === 'same' && stride > 1;
  return new Conv2d(from, to, kernel, {
    stride,
    groups,
    padding: isSame ? 'same' : (kernel - 1) / 2,
    bias: false,
  });
}

export function batchNorm(
  channels: number,
  { epsilon, momentum }: BlockStyle,
  activation: Activation = 'linear',
): BatchNorm2d {
  return new BatchNorm2d(channels, {
    epsilon,
    momentum,
    activation,
  });
}

export abstract class Block extends Module {
  readonly hasShortcut: boolean;
  drop_path: DropPath | null;

  constructor({ stride, inChannels, outChannels, shortcut }: BlockPlan, { dropPathRate }: BlockOptions) {
    super();
    this.hasShortcut = stride === 1 && inChannels === outChannels && shortcut !== false;
    this.drop_path = this.hasShortcut && dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  /** `norm(y) + x`, or `norm(y)` without a shortcut: one pass over memory if nothing comes between norm and addition. */
  protected normAdd(norm: BatchNorm2d, y: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
    if (!this.hasShortcut) return norm.call(y);
    const isFused = norm.activation === 'linear' && (this.drop_path === null || !this.training);
    if (isFused) return norm.call(y, x);
    const branch = norm.call(y);
    return tf.add(this.drop_path === null ? branch : this.drop_path.call(branch), x);
  }
}

/** Depthwise convolution, gate, pointwise convolution. */
class DepthwiseSeparableConv extends Block {
  conv_dw: Conv2d;
  bn1: BatchNorm2d;
  se: SqueezeExcite | null;
  conv_pw: Conv2d;
  bn2: BatchNorm2d;

  constructor(plan: BlockPlan, options: BlockOptions) {
    super(plan, options);
    const { inChannels, outChannels, kernel, stride } = plan;
    const { style } = options;
    const activation = plan.activation ?? style.activation;
    this.conv_dw = convolution(inChannels, inChannels, kernel, style, { stride, groups: inChannels });
    this.bn1 = batchNorm(inChannels, style, activation);
    this.se = plan.squeezeExcite === true ? options.makeGate(plan, inChannels, activation) : null;
    this.conv_pw = convolution(inChannels, outChannels, 1, style);
    this.bn2 = batchNorm(outChannels, style);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv_dw.call(x);
    y = this.bn1.call(y);
    if (this.se !== null) y = this.se.call(y);
    y = this.conv_pw.call(y);
    return this.normAdd(this.bn2, y, x);
  }
}

/** Pointwise convolution to more channels, depthwise convolution, gate, pointwise convolution to fewer (MBConv). */
class InvertedResidual extends Block {
  conv_pw: Conv2d;
  bn1: BatchNorm2d;
  conv_dw: Conv2d;
  bn2: BatchNorm2d;
  se: SqueezeExcite | null;
  conv_pwl: Conv2d;
  bn3: BatchNorm2d;

  constructor(plan: BlockPlan, options: BlockOptions) {
    super(plan, options);
    const { inChannels, outChannels, kernel, stride } = plan;
    const { style } = options;
    const inner = innerChannels(plan);
    const activation = plan.activation ?? style.activation;
    this.conv_pw = convolution(inChannels, inner, 1, style);
    this.bn1 = batchNorm(inner, style, activation);
    this.conv_dw = convolution(inner, inner, kernel, style, { stride, groups: inner });
    this.bn2 = batchNorm(inner, style, activation);
    this.se = plan.squeezeExcite === true ? options.makeGate(plan, inner, activation) : null;
    this.conv_pwl = convolution(inner, outChannels, 1, style);
    this.bn3 = batchNorm(outChannels, style);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv_pw.call(x);
    y = this.bn1.call(y);
    y = this.conv_dw.call(y);
    y = this.bn2.call(y);
    if (this.se !== null) y = this.se.call(y);
    y = this.conv_pwl.call(y);
    return this.normAdd(this.bn3, y, x);
  }
}

/** Full convolution to more channels, pointwise convolution to fewer (Fused-MBConv). */
class EdgeResidual extends Block {
  conv_exp: Conv2d;
  bn1: BatchNorm2d;
  aa: AvgPool2d | BlurPool2d | null;
  conv_pwl: Conv2d;
  bn2: BatchNorm2d;

  constructor(plan: BlockPlan, options: BlockOptions) {
    super(plan, options);
    const { inChannels, outChannels, kernel, stride } = plan;
    const { style } = options;
    const inner = innerChannels(plan);
    this.aa = makeAntialias(style.antialias, stride);
    this.conv_exp = convolution(inChannels, inner, kernel, style, { stride: this.aa === null ? stride : 1 });
    this.bn1 = batchNorm(inner, style, plan.activation ?? style.activation);
    this.conv_pwl = convolution(inner, outChannels, 1, style);
    this.bn2 = batchNorm(outChannels, style);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv_exp.call(x);
    y = this.bn1.call(y);
    if (this.aa !== null) y = this.aa.call(y);
    y = this.conv_pwl.call(y);
    return this.normAdd(this.bn2, y, x);
  }
}

/** Full convolution, whose activation comes before the shortcut. */
class ConvBnAct extends Block {
  conv: Conv2d;
  bn1: BatchNorm2d;

  constructor(plan: BlockPlan, options: BlockOptions) {
    super(plan, options);
    const { inChannels, outChannels, kernel, stride } = plan;
    const { style } = options;
    this.conv = convolution(inChannels, outChannels, kernel, style, { stride });
    this.bn1 = batchNorm(outChannels, style, plan.activation ?? style.activation);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.conv.call(x);
    return this.normAdd(this.bn1, y, x);
  }
}

/** Classes of blocks. */
export type BlockKinds = Readonly<
  Partial<Record<BlockKind, new (plan: BlockPlan, options: BlockOptions) => Block>>
>;

const standardKinds: BlockKinds = {
  ds: DepthwiseSeparableConv,
  ir: InvertedResidual,
  er: EdgeResidual,
  cn: ConvBnAct,
};

/**
 * All blocks of a network, `blocks.<stage>.<block>`, with its feature maps and the channels of the last one.
 *
 * @param moreKinds for plans with other blocks than those of this file
 */
export function makeStages(
  plans: StagePlans,
  style: BlockStyle,
  makeGate: MakeGate,
  dropPathRate: number,
  moreKinds: BlockKinds = {},
): { readonly blocks: Sequential; readonly featureInfo: readonly FeatureStage[]; readonly channels: number } {
  const kinds = { ...standardKinds, ...moreKinds };
  const count = plans.reduce((sum, stage) => sum + stage.length, 0);
  const first = plans[0]![0]!;
  const featureInfo: FeatureStage[] =
    first.stride > 1 ? [{ channels: first.inChannels, reduction: 2, module: 'bn1' }] : [];
  let index = 0;
  let reduction = 2;
  let channels = first.inChannels;
  const stages = plans.map((stage, i) => {
    const blocks = stage.map((plan) => {
      const rate = (dropPathRate * index++) / count;
      reduction *= plan.stride;
      channels = plan.outChannels;
      return new kinds[plan.kind]!(plan, { style, makeGate, dropPathRate: rate });
    });
    // A stage's output is a feature map if the next stage halves it.
    if (plans[i + 1]?.[0]?.stride !== 1) featureInfo.push({ channels, reduction, module: `blocks.${i}` });
    return new Sequential(blocks);
  });
  return { blocks: new Sequential(stages), featureInfo, channels };
}
