// Swin: Liu et al. 2021 (arXiv 2103.14030), the S3 variants: Chen et al. 2021 (2111.14725). Structure and names as in timm.
// swin_t, swin_s and swin_b are torchvision's: the same networks at 224 pixels, but they take images of any size.

import { padImage, type Windows } from '@podium/engine';
import {
  DropPath,
  type GlobalPool,
  init,
  LayerNorm,
  Linear,
  Mlp,
  Module,
  MultiHeadAttention,
  Parameter,
  relativeIndices,
  Sequential,
  type StateDict,
  type StateTensor,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { ClassifierHead } from '../classifier-head.ts';
import { type AnyFamily, defineFamily } from '../family.ts';
import {
  type Classes,
  classesOf,
  type DepthGroups,
  dropPathAt,
  type FeatureStage,
  ImageModel,
  type ModelOptions,
} from '../image-model.ts';
import { initWeights } from '../init-weights.ts';
import { PatchEmbed } from './shared/patch-embed.ts';
import { resizeRelativePositions } from './shared/resize-positions.ts';
import { type WindowPlan, windowPlan } from './shared/window-plan.ts';

type Four = readonly [number, number, number, number];

interface SwinSettings {
  readonly features: number;
  readonly depths: Four;
  readonly heads: Four;
  /** Rows and columns of the windows of each stage. */
  readonly windows: Four;
  /** Height and width of its images. Default 224. */
  readonly imageSize?: number;
  /** torchvision's variants: images of any size, with windows of the same size on each map. */
  readonly anySize?: boolean;
}

const PATCH = 4;
const EPSILON = 1e-5;

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
  biasFor({ mask, count }: WindowPlan): tf.Tensor {
    const tokens = this.window[0] * this.window[1];
    const rows = tf.gather(this.relative_position_bias_table.data, tf.tensor1d(this.indices, 'int32'));
    const bias = tf.transpose(tf.reshape(rows, [tokens, tokens, this.heads]), [2, 0, 1]);
    return mask === undefined ? bias : tf.add(bias, tf.tensor4d(mask, [count, 1, tokens, tokens]));
  }
}

interface BlockOptions {
  readonly window: readonly [number, number];
  readonly shift: readonly [number, number];
  readonly anySize: boolean;
  readonly dropPathRate: number;
}

/** Attention in windows, which every other block shifts, and an MLP, `[B,H,W,C] -> [B,H,W,C]`. */
class SwinBlock extends Module {
  readonly shift: readonly [number, number];
  readonly anySize: boolean;
  /** By size of the map: the last few. */
  readonly plans: Map<string, WindowPlan> = new Map();
  norm1: LayerNorm;
  attn: WindowAttention;
  drop_path1: DropPath | null;
  norm2: LayerNorm;
  mlp: Mlp;
  drop_path2: DropPath | null;

  constructor(features: number, heads: number, { window, shift, anySize, dropPathRate }: BlockOptions) {
    super();
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.shift = shift;
    this.anySize = anySize;
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

  /** Shifts only change which tokens share a window; queries, keys and values are computed in place. */
  protected attend(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width, channels] = x.shape;
    const plan = this.planFor(height, width);
    const [rows, columns] = plan.padded;
    const padded = padImage(x, [
      [0, rows - height],
      [0, columns - width],
    ]);
    const tokens = tf.reshape(padded, [batch, rows * columns, channels]) as tf.Tensor3D;
    const windows: Windows = { size: plan.tokens, order: plan.order };
    const mixed = tf.reshape(
      this.attn.call(tokens, this.attn.biasFor(plan), windows),
      padded.shape,
    ) as tf.Tensor4D;
    return padded === x ? mixed : tf.slice(mixed, [0, 0, 0, 0], [batch, height, width, channels]);
  }

  protected planFor(height: number, width: number): WindowPlan {
    const key = `${height}x${width}`;
    let plan = this.plans.get(key);
    if (plan === undefined) {
      const order = this.anySize ? 'padFirst' : 'rollFirst';
      plan = windowPlan([height, width], this.attn.window, this.shift, order);
      if (this.plans.size >= 8) this.plans.clear();
      this.plans.set(key, plan);
    }
    return plan;
  }
}

/** Joins each 2x2 patches and halves their channels, `[B,H,W,C] -> [B,H/2,W/2,2C]`. */
class PatchMerging extends Module {
  norm: LayerNorm;
  reduction: Linear;

  constructor(from: number, to: number) {
    super();
    this.norm = new LayerNorm(4 * from, { epsilon: EPSILON });
    this.reduction = new Linear(4 * from, to, { bias: false });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const even = padImage(x, [
      [0, x.shape[1] % 2],
      [0, x.shape[2] % 2],
    ]);
    const [batch, height, width, channels] = even.shape;
    const pairs = tf.reshape(even, [batch, height / 2, 2, width / 2, 2, channels]);
    // Of the four, the left column comes first.
    const apart = tf.transpose(pairs, [0, 1, 3, 4, 2, 5]);
    const merged = tf.reshape(apart, [batch, height / 2, width / 2, 4 * channels]);
    const normal = this.norm.call(merged);
    return this.reduction.call(normal) as tf.Tensor4D;
  }
}

class SwinStage extends Module {
  downsample: PatchMerging | null;
  blocks: Sequential;

  constructor(downsample: PatchMerging | null, blocks: readonly SwinBlock[]) {
    super();
    this.downsample = downsample;
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.downsample === null ? x : this.downsample.call(x);
    return this.blocks.call(y) as tf.Tensor4D;
  }
}

class SwinTransformer extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^patch_embed\./,
    blocks: /^layers\.(\d+)\.(?:downsample|blocks\.(\d+))\./,
    last: /^norm\./,
  };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'patch_embed.proj';
  patch_embed: PatchEmbed;
  layers: Sequential;
  norm: LayerNorm;
  head: ClassifierHead;

  constructor(settings: SwinSettings, options: ModelOptions) {
    super();
    const { features, imageSize: size = 224, anySize = false } = settings;
    this.patch_embed = new PatchEmbed({
      patchSize: PATCH,
      inChannels: options.inChannels,
      features,
      imageSize: options.imageSize ?? [size, size],
      normEpsilon: EPSILON,
      anySize,
    });
    this.layers = makeStages(settings, this.patch_embed.grid, options.dropPathRate);
    this.norm = new LayerNorm(8 * features, { epsilon: EPSILON });
    this.head = new ClassifierHead(
      8 * features,
      classesOf(options),
      options.globalPool ?? 'avg',
      options.dropRate,
    );
    this.featureInfo = settings.depths.map((_, i) => ({
      channels: features * 2 ** i,
      reduction: PATCH * 2 ** i,
      module: `layers.${i}`,
    }));
    initWeights(this.layers, () => init.truncatedNormal(0.02));
    initWeights(this.head, () => init.truncatedNormal(0.02));
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    let y: tf.Tensor = this.patch_embed.call(x);
    y = this.layers.call(y);
    return this.norm.call(y) as tf.Tensor4D;
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

function makeStages(
  { features, depths, heads, windows, anySize = false }: SwinSettings,
  grid: readonly [number, number],
  dropPathRate: number,
): Sequential {
  const total = depths.reduce((sum, depth) => sum + depth, 0);
  let index = 0;
  return new Sequential(
    depths.map((depth, stage) => {
      const wanted = windows[stage]!;
      const size = grid.map((extent) => Math.floor(extent / 2 ** stage));
      // A window that covers the whole map needs no shift, and must not be larger than the map.
      const covers = (extent: number) => !anySize && extent <= wanted;
      const window = size.map((extent) => (covers(extent) ? extent : wanted)) as [number, number];
      const half = size.map((extent) => (covers(extent) ? 0 : Math.floor(wanted / 2))) as [number, number];
      const width = features * 2 ** stage;
      const blocks = Array.from({ length: depth }, (_, i) => {
        const shift = i % 2 === 0 ? ([0, 0] as const) : half;
        const rate = dropPathAt(dropPathRate, index++, total);
        return new SwinBlock(width, heads[stage]!, { window, shift, anySize, dropPathRate: rate });
      });
      return new SwinStage(stage === 0 ? null : new PatchMerging(width / 2, width), blocks);
    }),
  );
}

/** Resizes biases to other windows, and reads the first published names, which put the merging into the stage before. */
function adaptState(state: StateDict, model: ImageModel): StateDict {
  const isOld = state.has('layers.0.downsample.norm.weight');
  const adapted = new Map<string, StateTensor>();
  for (const [key, tensor] of state) {
    if (/(relative_position_index|attn_mask)$/.test(key)) continue;
    const named = isOld
      ? key
          .replace(/^layers\.(\d+)\.downsample\./, (_, i) => `layers.${Number(i) + 1}.downsample.`)
          .replace(/^head\.(?!fc\.)/, 'head.fc.')
      : key;
    adapted.set(named, tensor);
  }
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
  build: (settings, options) => new SwinTransformer(settings, options),
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
