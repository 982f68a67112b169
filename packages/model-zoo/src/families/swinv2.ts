// Swin V2: Liu et al. 2022 (arXiv 2111.09883). Structure and names as in timm. Biases by relative position come from a small
// network, so weights fit windows of any size.
import { attention, type Windows } from '@podium/engine';
import {
  DropPath,
  init,
  LayerNorm,
  Linear,
  linear,
  Mlp,
  Module,
  Parameter,
  ReLU,
  relativeIndices,
  Sequential,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import {
  SWIN_EPSILON as EPSILON,
  SWIN_PATCH as PATCH,
  type SwinBlockOptions,
  SwinMerging,
  type SwinSettings,
  SwinTransformer,
  withNewNames,
} from './shared/swin-transformer.ts';
import { maskedBias, WindowBlock } from './shared/window-block.ts';
import type { WindowPlan } from './shared/window-plan.ts';

interface SwinV2Settings extends SwinSettings {
  /** Sizes of the windows that the weights were first trained with, by stage. Default: those of the variant. */
  readonly firstWindows?: readonly [number, number, number, number];
}

type Size = readonly [height: number, width: number];

/** Largest factor of the scores. */
const LARGEST_SCALE = Math.log(100);
/** Largest bias, and half of the range that offsets are scaled to. */
const LARGEST_BIAS = 16;
const RANGE = 8;
const HIDDEN = 512;

/** Attention of normalized queries and keys within windows, with a bias computed from the offset between two positions. */
class CosineWindowAttention extends Module<
  [x: tf.Tensor3D, plan: WindowPlan, windows: Windows],
  tf.Tensor3D
> {
  readonly heads: number;
  readonly window: Size;
  readonly indices: Int32Array;
  /** `[rows,2]` */
  readonly offsets: Float32Array;
  logit_scale: Parameter;
  cpb_mlp: Sequential;
  qkv: QkvLinear;
  q_bias: Parameter;
  v_bias: Parameter;
  proj: Linear;

  constructor(features: number, heads: number, window: Size, firstWindow: Size) {
    super();
    this.heads = heads;
    this.window = window;
    this.indices = relativeIndices(window);
    this.offsets = scaledOffsets(window, firstWindow);
    this.logit_scale = new Parameter([heads, 1, 1], init.constant(Math.log(10)));
    this.cpb_mlp = new Sequential([
      new Linear(2, HIDDEN),
      new ReLU(),
      new Linear(HIDDEN, heads, { bias: false }),
    ]);
    this.qkv = new QkvLinear(features, 3 * features, { bias: false });
    this.q_bias = new Parameter([features], init.zeros);
    this.v_bias = new Parameter([features], init.zeros);
    this.proj = new Linear(features, features);
  }

  forward(x: tf.Tensor3D, plan: WindowPlan, windows: Windows): tf.Tensor3D {
    const [queries, values] = [this.q_bias.data, this.v_bias.data];
    const qkv = this.qkv.call(x, tf.concat([queries, tf.zerosLike(queries), values]));
    const options = { heads: this.heads, scale: 1, bias: this.biasFor(plan), windows };
    return this.proj.call(attention(this.normalized(qkv), options)) as tf.Tensor3D;
  }

  /** Queries and keys of length 1, and queries multiplied by the scale of their head. */
  protected normalized(qkv: tf.Tensor): tf.Tensor3D {
    const { heads } = this;
    const [batch = 1, count = 1, width = 1] = qkv.shape;
    const rows = tf.reshape(qkv, [batch * count * 3 * heads, width / (3 * heads)]);
    const squares = tf.reshape(tf.sum(tf.square(rows), 1), [batch * count, 3 * heads]);
    const [both, rest] = tf.split(squares, [2 * heads, heads], 1) as [tf.Tensor, tf.Tensor];
    const scale = tf.exp(tf.minimum(this.logit_scale.data, LARGEST_SCALE));
    const scales = tf.concat([tf.reshape(scale, [heads]), tf.ones([heads])]);
    const inverse = tf.mul(tf.rsqrt(tf.maximum(both, 1e-24)), scales);
    const factors = tf.concat([inverse, tf.onesLike(rest)], 1);
    return tf.reshape(tf.mul(rows, tf.reshape(factors, [factors.size, 1])), [batch, count, width]);
  }

  /** `[heads,N,N]`, or `[windows,heads,N,N]` if each window of an image has a mask. */
  protected biasFor(plan: WindowPlan): tf.Tensor {
    const tokens = this.window[0] * this.window[1];
    const table = this.cpb_mlp.call(tf.tensor2d(this.offsets, [this.offsets.length / 2, 2]));
    const bounded = tf.mul(tf.sigmoid(table), LARGEST_BIAS);
    const rows = tf.gather(bounded, tf.tensor1d(this.indices, 'int32'));
    return maskedBias(tf.transpose(tf.reshape(rows, [tokens, tokens, this.heads]), [2, 0, 1]), plan);
  }

  override extraRepr(): string {
    return `heads=${this.heads}, window=${this.window.join('x')}`;
  }
}

/** A linear layer whose bias is given. */
class QkvLinear extends Linear {
  override call(...inputs: [x: tf.Tensor, bias?: tf.Tensor]): tf.Tensor {
    return super.call(...(inputs as [x: tf.Tensor]));
  }

  override forward(x: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
    return linear(x, this.weight.data, bias);
  }
}

/** Offsets between positions of a window, on a logarithmic scale; those of the first window reach from -1 to 1. */
function scaledOffsets(window: Size, firstWindow: Size): Float32Array {
  const [rows, columns] = [0, 1].map((axis) =>
    Array.from({ length: 2 * window[axis]! - 1 }, (_, i) => {
      const offset = (RANGE * (i - window[axis]! + 1)) / Math.max(firstWindow[axis]! - 1, 1);
      return (Math.sign(offset) * Math.log2(Math.abs(offset) + 1)) / Math.log2(RANGE);
    }),
  ) as [number[], number[]];
  return Float32Array.from(rows.flatMap((row) => columns.flatMap((column) => [row, column])));
}

/** Attention in windows and an MLP, each normalized after it and added, `[B,H,W,C] -> [B,H,W,C]`. */
class SwinV2Block extends WindowBlock {
  attn: CosineWindowAttention;
  norm1: LayerNorm;
  drop_path1: DropPath | null;
  mlp: Mlp;
  norm2: LayerNorm;
  drop_path2: DropPath | null;

  constructor(features: number, heads: number, firstWindow: Size | undefined, options: SwinBlockOptions) {
    super(options);
    const { window, dropPathRate } = options;
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.attn = new CosineWindowAttention(features, heads, window, firstWindow ?? window);
    this.norm1 = emptyNorm(features);
    this.drop_path1 = makeDropPath();
    this.mlp = new Mlp(features, { hidden: 4 * features });
    this.norm2 = emptyNorm(features);
    this.drop_path2 = makeDropPath();
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let branch: tf.Tensor = this.norm1.call(this.attend(x));
    if (this.drop_path1 !== null) branch = this.drop_path1.call(branch);
    const y = tf.add(x, branch) as tf.Tensor4D;
    branch = this.norm2.call(this.mlp.call(y));
    if (this.drop_path2 !== null) branch = this.drop_path2.call(branch);
    return tf.add(y, branch) as tf.Tensor4D;
  }

  protected mix(tokens: tf.Tensor3D, plan: WindowPlan, windows: Windows): tf.Tensor3D {
    return this.attn.call(tokens, plan, windows);
  }
}

/** A norm whose scale starts at 0, so that at first every block returns its input. */
function emptyNorm(features: number): LayerNorm {
  const norm = new LayerNorm(features, { epsilon: EPSILON });
  norm.weight = new Parameter([features], init.zeros);
  return norm;
}

/** The linear layer first, then the norm. */
class PatchMerging extends SwinMerging {
  reduction: Linear;
  norm: LayerNorm;

  constructor(from: number, to: number) {
    super();
    this.reduction = new Linear(4 * from, to, { bias: false });
    this.norm = new LayerNorm(to, { epsilon: EPSILON });
  }

  protected reduce(joined: tf.Tensor): tf.Tensor {
    return this.norm.call(this.reduction.call(joined));
  }
}

const tiny = { features: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] } as const;
const small = { features: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24] } as const;
const base = { features: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] } as const;
const large = { features: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48] } as const;
const of8 = { windows: [8, 8, 8, 8], imageSize: 256 } as const;
const of12 = { windows: [12, 12, 12, 12], imageSize: 192 } as const;
const of16 = { windows: [16, 16, 16, 16], imageSize: 256 } as const;
const of24 = { windows: [24, 24, 24, 24], imageSize: 384 } as const;
const firstWindows = [12, 12, 12, 6] as const;

export const swinv2: AnyFamily = defineFamily<SwinV2Settings>({
  name: 'swinv2',
  build: (settings, options) =>
    new SwinTransformer(settings, options, {
      makeBlock: (features, heads, block) => {
        const first = settings.firstWindows?.[block.stage];
        return new SwinV2Block(features, heads, first === undefined ? undefined : [first, first], block);
      },
      makeMerging: (from, to) => new PatchMerging(from, to),
    }),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: () => ({ fixed: true, multipleOf: PATCH, minimum: 32 }),
  adaptState: withNewNames,
  variants: {
    swinv2_tiny_window8_256: { ...tiny, ...of8 },
    swinv2_tiny_window16_256: { ...tiny, ...of16 },
    swinv2_small_window8_256: { ...small, ...of8 },
    swinv2_small_window16_256: { ...small, ...of16 },
    swinv2_base_window8_256: { ...base, ...of8 },
    swinv2_base_window16_256: { ...base, ...of16 },
    swinv2_base_window12_192: { ...base, ...of12 },
    swinv2_base_window12to16_192to256: { ...base, ...of16, firstWindows },
    swinv2_base_window12to24_192to384: { ...base, ...of24, firstWindows },
    swinv2_large_window12_192: { ...large, ...of12 },
    swinv2_large_window12to16_192to256: { ...large, ...of16, firstWindows },
    swinv2_large_window12to24_192to384: { ...large, ...of24, firstWindows },
  },
});
