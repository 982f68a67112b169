import { type Activation, matMul } from '@podium/engine';
import { type AvgPool2d, type BatchNorm2d, Conv2d, Module, Sequential } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type BlurPool2d, makeAntialias } from './antialias.ts';
import {
  Block,
  type BlockKinds,
  type BlockOptions,
  type BlockStyle,
  batchNorm,
  convolution,
} from './efficient-blocks.ts';
import { type BlockPlan, innerChannels } from './efficient-plan.ts';
import { LayerScale2d } from './layer-scale2d.ts';

interface ConvOptions {
  readonly stride?: number;
  readonly groups?: number;
  readonly activation?: Activation;
}

/** Convolution, batch norm, activation, and halving if the style does that by pooling. */
class ConvNormAct extends Module {
  conv: Conv2d;
  bn: BatchNorm2d;
  aa: AvgPool2d | BlurPool2d | null;

  constructor(
    from: number,
    to: number,
    kernel: number,
    style: BlockStyle,
    { stride = 1, groups, activation }: ConvOptions = {},
  ) {
    super();
    this.aa = makeAntialias(style.antialias, stride);
    this.conv = convolution(from, to, kernel, style, { stride: this.aa === null ? stride : 1, groups });
    this.bn = batchNorm(to, style, activation);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.bn.call(this.conv.call(x));
    return this.aa === null ? y : this.aa.call(y);
  }
}

/** The end of a block with a layer scale: `drop(scale(y)) + x`. */
abstract class ScaledBlock extends Block {
  layer_scale: LayerScale2d | null;

  constructor(plan: BlockPlan, options: BlockOptions) {
    super(plan, options);
    const { layerScale } = options.style;
    this.layer_scale = layerScale === undefined ? null : new LayerScale2d(plan.outChannels, layerScale);
  }

  protected scaleAdd(y: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
    const isDropping = this.drop_path !== null && this.training;
    const residual = this.hasShortcut && !isDropping ? x : undefined;
    if (this.layer_scale !== null) {
      const scaled = this.layer_scale.call(y, residual);
      return isDropping ? tf.add(this.drop_path!.call(scaled), x) : scaled;
    }
    if (!this.hasShortcut) return y;
    return tf.add(this.drop_path === null ? y : this.drop_path.call(y), x);
  }
}

/** Pointwise expansion and projection, with depthwise convolutions before and between (Figure 4 of the paper). */
class UniversalInvertedResidual extends ScaledBlock {
  dw_start: ConvNormAct | null;
  pw_exp: ConvNormAct;
  dw_mid: ConvNormAct | null;
  pw_proj: ConvNormAct;

  constructor(plan: BlockPlan, options: BlockOptions) {
    super(plan, options);
    const { inChannels, outChannels, startKernel = 0, kernel, stride } = plan;
    const { style } = options;
    const { activation } = style;
    const inner = innerChannels(plan);
    const startStride = kernel === 0 ? stride : 1;
    this.dw_start =
      startKernel === 0
        ? null
        : new ConvNormAct(inChannels, inChannels, startKernel, style, {
            stride: startStride,
            groups: inChannels,
          });
    this.pw_exp = new ConvNormAct(inChannels, inner, 1, style, { activation });
    this.dw_mid =
      kernel === 0
        ? null
        : new ConvNormAct(inner, inner, kernel, style, { stride, groups: inner, activation });
    this.pw_proj = new ConvNormAct(inner, outChannels, 1, style);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.dw_start === null ? x : this.dw_start.call(x);
    y = this.pw_exp.call(y);
    if (this.dw_mid !== null) y = this.dw_mid.call(y);
    if (this.layer_scale === null) return this.normAdd(this.pw_proj.bn, this.pw_proj.conv.call(y), x);
    return this.scaleAdd(this.pw_proj.call(y), x);
  }
}

/**
 * Attention of all positions to all positions of a map that may be smaller, `[B,H,W,C] -> [B,H,W,C']`. All heads share keys and
 * values (Shazeer 2019, arXiv 1911.02150).
 */
export class MultiQueryAttention2d extends Module {
  readonly heads: number;
  readonly headFeatures: number;
  query: Sequential;
  key: Sequential;
  value: Sequential;
  output: Sequential;

  constructor({ inChannels, outChannels, kernel, attention }: BlockPlan, style: BlockStyle) {
    super();
    const { heads, headFeatures, keyStride } = attention!;
    this.heads = heads;
    this.headFeatures = headFeatures;
    const width = heads * headFeatures;
    const shared = () =>
      new Sequential({
        ...(keyStride > 1 && {
          down_conv: convolution(inChannels, inChannels, kernel, style, {
            stride: keyStride,
            groups: inChannels,
          }),
          norm: batchNorm(inChannels, style),
        }),
        proj: new Conv2d(inChannels, headFeatures, 1, { bias: false }),
      });
    this.query = new Sequential({ proj: new Conv2d(inChannels, width, 1, { bias: false }) });
    this.key = shared();
    this.value = shared();
    this.output = new Sequential({ proj: new Conv2d(width, outChannels, 1, { bias: false }) });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const { heads, headFeatures } = this;
    const [batch, height, width] = x.shape;
    // As the heads share keys, heads of a position are just more queries: nothing is transposed.
    const queries = tf.reshape(this.query.call(x), [batch, height * width * heads, headFeatures]);
    const [keys, values] = [this.key, this.value].map((part) =>
      tf.reshape(part.call(x), [batch, -1, headFeatures]),
    ) as [tf.Tensor, tf.Tensor];
    const scores = matMul(queries, tf.mul(keys, headFeatures ** -0.5), { transposeB: true });
    const mixed = matMul(tf.softmax(scores), values);
    return this.output.call(tf.reshape(mixed, [batch, height, width, heads * headFeatures])) as tf.Tensor4D;
  }
}

class MobileAttention extends ScaledBlock {
  norm: BatchNorm2d;
  attn: MultiQueryAttention2d;

  constructor(plan: BlockPlan, options: BlockOptions) {
    super(plan, options);
    this.norm = batchNorm(plan.inChannels, options.style);
    this.attn = new MultiQueryAttention2d(plan, options.style);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.scaleAdd(this.attn.call(this.norm.call(x)), x);
  }
}

/** Blocks that MobileNetV4 (Qin et al. 2024, arXiv 2404.10518) has besides those of earlier networks. */
export const mobilenetv4Kinds: BlockKinds = { uir: UniversalInvertedResidual, mqa: MobileAttention };
