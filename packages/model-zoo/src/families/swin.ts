// Swin: Liu et al. 2021 (arXiv 2103.14030), the S3 variants: Chen et al. 2021 (2111.14725). Structure and names as in timm.
// swin_t, swin_s and swin_b are torchvision's: the same networks at 224 pixels, but they take images of any size.

import type { Windows } from '@podium/engine';
import {
  DropPath,
  init,
  LayerNorm,
  Linear,
  Mlp,
  MultiHeadAttention,
  Parameter,
  relativeIndices,
  type StateDict,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import type { ImageModel } from '../image-model.ts';
import { resizeRelativePositions } from './shared/resize-positions.ts';
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

/** Attention within windows, with a learned bias per offset between two positions. */
class WindowAttention extends MultiHeadAttention {
  readonly window: readonly [height: number, width: number];
  readonly indices: Int32Array;
  /** `[(2h-1)(2w-1),heads]` */
  relative_position_bias_table: Parameter;

  constructor(features: number, heads: number, window: readonly [number, number]) {
    super(features, { heads });
    this.window = window;
    this.indices = relativeIndices(window);
    const rows = (2 * window[0] - 1) * (2 * window[1] - 1);
    this.relative_position_bias_table = new Parameter([rows, heads], init.truncatedNormal(0.02));
  }

  /** `[heads,N,N]`, or `[windows,heads,N,N]` if each window of an image has a mask. */
  biasFor(plan: WindowPlan): tf.Tensor {
    const tokens = this.window[0] * this.window[1];
    const rows = tf.gather(this.relative_position_bias_table.data, tf.tensor1d(this.indices, 'int32'));
    return maskedBias(tf.transpose(tf.reshape(rows, [tokens, tokens, this.heads]), [2, 0, 1]), plan);
  }
}

/** Attention in windows, which every other block shifts, and an MLP, `[B,H,W,C] -> [B,H,W,C]`. */
class SwinBlock extends WindowBlock {
  norm1: LayerNorm;
  attn: WindowAttention;
  drop_path1: DropPath | null;
  norm2: LayerNorm;
  mlp: Mlp;
  drop_path2: DropPath | null;

  constructor(features: number, heads: number, options: SwinBlockOptions) {
    super(options);
    const { window, dropPathRate } = options;
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.norm1 = new LayerNorm(features, { epsilon: EPSILON });
    this.attn = new WindowAttention(features, heads, window);
    this.drop_path1 = makeDropPath();
    this.norm2 = new LayerNorm(features, { epsilon: EPSILON });
    this.mlp = new Mlp(features, { hidden: 4 * features });
    this.drop_path2 = makeDropPath();
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let branch = this.norm1.call(x);
    branch = this.attend(branch as tf.Tensor4D);
    if (this.drop_path1 !== null) branch = this.drop_path1.call(branch);
    const y = tf.add(x, branch) as tf.Tensor4D;
    branch = this.norm2.call(y);
    branch = this.mlp.call(branch);
    if (this.drop_path2 !== null) branch = this.drop_path2.call(branch);
    return tf.add(y, branch) as tf.Tensor4D;
  }

  protected mix(tokens: tf.Tensor3D, plan: WindowPlan, windows: Windows): tf.Tensor3D {
    return this.attn.call(tokens, this.attn.biasFor(plan), windows);
  }
}

/** Norm first, then the linear layer. */
class PatchMerging extends SwinMerging {
  norm: LayerNorm;
  reduction: Linear;

  constructor(from: number, to: number) {
    super();
    this.norm = new LayerNorm(4 * from, { epsilon: EPSILON });
    this.reduction = new Linear(4 * from, to, { bias: false });
  }

  protected reduce(joined: tf.Tensor): tf.Tensor {
    return this.reduction.call(this.norm.call(joined));
  }
}

/** Resizes biases to other windows, and reads the first published names. */
function adaptState(state: StateDict, model: ImageModel): StateDict {
  const adapted = new Map(withNewNames(state));
  for (const [path, module] of model.namedModules()) {
    if (!((module as unknown) instanceof WindowAttention)) continue;
    const key = `${path}.relative_position_bias_table`;
    const table = adapted.get(key);
    const { window } = module as unknown as WindowAttention;
    if (table !== undefined) adapted.set(key, resizeRelativePositions(table, window));
  }
  return adapted;
}

/** torchvision numbers the embedding, the stages and the merging between them in one sequence. */
function fromTorchvision(key: string): string | undefined {
  if (key.endsWith('relative_position_index')) return undefined;
  return key
    .replace(/^features\.0\.0\./, 'patch_embed.proj.')
    .replace(/^features\.0\.2\./, 'patch_embed.norm.')
    .replace(
      /^features\.([1357])\.(\d+)\./,
      (_, i, block) => `layers.${(Number(i) - 1) / 2}.blocks.${block}.`,
    )
    .replace(/^features\.([246])\./, (_, i) => `layers.${Number(i) / 2}.downsample.`)
    .replace(/\.mlp\.0\./, '.mlp.fc1.')
    .replace(/\.mlp\.3\./, '.mlp.fc2.')
    .replace(/^head\.(?!fc\.)/, 'head.fc.');
}

const tiny = { features: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] } as const;
const small = { features: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24] } as const;
const base = { features: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] } as const;
const large = { features: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48] } as const;
const of7 = { windows: [7, 7, 7, 7] } as const;
const of12 = { windows: [12, 12, 12, 12], imageSize: 384 } as const;
const anySize = true;

export const swin: AnyFamily = defineFamily<SwinSettings>({
  name: 'swin',
  build: (settings, options) =>
    new SwinTransformer(settings, options, {
      makeBlock: (features, heads, block) => new SwinBlock(features, heads, block),
      makeMerging: (from, to) => new PatchMerging(from, to),
    }),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: ({ anySize: takesAny = false }) =>
    takesAny ? { minimum: PATCH } : { fixed: true, multipleOf: PATCH, minimum: 32 },
  torchvision: { swin_t: 'swin_t', swin_s: 'swin_s', swin_b: 'swin_b' },
  fromTorchvision,
  adaptState,
  variants: {
    swin_tiny_patch4_window7_224: { ...tiny, ...of7 },
    swin_small_patch4_window7_224: { ...small, ...of7 },
    swin_base_patch4_window7_224: { ...base, ...of7 },
    swin_base_patch4_window12_384: { ...base, ...of12 },
    swin_large_patch4_window7_224: { ...large, ...of7 },
    swin_large_patch4_window12_384: { ...large, ...of12 },
    swin_s3_tiny_224: { ...tiny, windows: [7, 7, 14, 7] },
    swin_s3_small_224: { ...small, windows: [14, 14, 14, 7] },
    swin_s3_base_224: { ...tiny, depths: [2, 2, 30, 2], windows: [7, 7, 14, 7] },
    swin_t: { ...tiny, ...of7, anySize },
    swin_s: { ...small, ...of7, anySize },
    swin_b: { ...base, ...of7, anySize },
  },
});
