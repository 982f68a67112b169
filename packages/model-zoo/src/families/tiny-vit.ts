// TinyViT: Wu et al. 2022 (arXiv 2207.10666). Structure and names as in timm.
import { activate, attention, type Windows } from '@podium/engine';
import {
  BatchNorm2d,
  Conv2d,
  DropPath,
  type GlobalPool,
  init,
  LayerNorm,
  Linear,
  linear,
  Module,
  Parameter,
  Sequential,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
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
import { NormMlpHead } from './shared/norm-mlp-head.ts';
import { perWindow } from './shared/per-window.ts';
import { WindowBlock } from './shared/window-block.ts';
import type { WindowPlan } from './shared/window-plan.ts';

type Four = readonly [number, number, number, number];

interface TinyVitSettings {
  readonly dims: Four;
  readonly heads: Four;
  /** Rows and columns of the windows of each stage. */
  readonly windows: Four;
  /** Height and width of its images. Default 224. */
  readonly imageSize?: number;
}

const DEPTHS = [2, 2, 6, 2] as const;
const EXPANSION = 4;
const EPSILON = 1e-5;

interface ConvOptions {
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly activation?: 'gelu';
}

/** A convolution and a batch norm, whose activation goes into the norm's pass. */
class ConvNorm extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  conv: Conv2d;
  bn: BatchNorm2d;

  constructor(from: number, to: number, { kernel, stride = 1, groups = 1, activation }: ConvOptions) {
    super();
    this.conv = new Conv2d(from, to, kernel, { stride, groups, padding: (kernel - 1) / 2, bias: false });
    this.bn = new BatchNorm2d(to, { activation: activation ?? 'linear' });
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    const y = this.conv.call(x);
    return this.bn.call(y, residual);
  }
}

class ConvStem extends Module {
  conv1: ConvNorm;
  conv2: ConvNorm;

  constructor(from: number, to: number) {
    super();
    this.conv1 = new ConvNorm(from, to / 2, { kernel: 3, stride: 2, activation: 'gelu' });
    this.conv2 = new ConvNorm(to / 2, to, { kernel: 3, stride: 2 });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv2.call(this.conv1.call(x));
  }
}

/** Pointwise, depthwise and pointwise convolution; the activation comes after the shortcut. */
class MBConv extends Module {
  conv1: ConvNorm;
  conv2: ConvNorm;
  conv3: ConvNorm;
  drop_path: DropPath | null;

  constructor(channels: number, dropPathRate: number) {
    super();
    const hidden = EXPANSION * channels;
    this.conv1 = new ConvNorm(channels, hidden, { kernel: 1, activation: 'gelu' });
    this.conv2 = new ConvNorm(hidden, hidden, { kernel: 3, groups: hidden, activation: 'gelu' });
    this.conv3 = new ConvNorm(hidden, channels, { kernel: 1 });
    this.conv3.bn.weight = new Parameter([channels], init.zeros);
    this.drop_path = dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.conv2.call(this.conv1.call(x));
    if (this.drop_path === null || !this.training) return activate(this.conv3.call(y, x), 'gelu');
    return activate(tf.add(this.drop_path.call(this.conv3.call(y)), x) as tf.Tensor4D, 'gelu');
  }
}

class PatchMerging extends Module {
  conv1: ConvNorm;
  conv2: ConvNorm;
  conv3: ConvNorm;

  constructor(from: number, to: number) {
    super();
    this.conv1 = new ConvNorm(from, to, { kernel: 1, activation: 'gelu' });
    this.conv2 = new ConvNorm(to, to, { kernel: 3, stride: 2, groups: to, activation: 'gelu' });
    this.conv3 = new ConvNorm(to, to, { kernel: 1 });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv3.call(this.conv2.call(this.conv1.call(x)));
  }
}

/** A linear layer whose outputs are query, key and value of one head after the other, returned as all queries first. */
class QkvByHead extends Linear {
  readonly heads: number;

  constructor(features: number, heads: number) {
    super(features, 3 * features);
    this.heads = heads;
  }

  override forward(x: tf.Tensor): tf.Tensor {
    const [out, features] = this.weight.shape as [number, number];
    const parts = [this.heads, 3, out / (3 * this.heads)];
    const weight = tf.transpose(tf.reshape(this.weight.data, [...parts, features]), [1, 0, 2, 3]);
    const bias = tf.transpose(tf.reshape(this.bias!.data, parts), [1, 0, 2]);
    return linear(x, tf.reshape(weight, [out, features]), tf.reshape(bias, [out]));
  }
}

/** Attention within windows, with a learned bias per distance along each axis. */
class WindowAttention extends Module<[x: tf.Tensor3D, windows: Windows], tf.Tensor3D> {
  readonly heads: number;
  readonly window: number;
  norm: LayerNorm;
  qkv: QkvByHead;
  proj: Linear;
  /** `[heads,h w]` */
  attention_biases: Parameter;

  constructor(features: number, heads: number, window: number) {
    super();
    this.heads = heads;
    this.window = window;
    this.norm = new LayerNorm(features, { epsilon: EPSILON });
    this.qkv = new QkvByHead(features, heads);
    this.proj = new Linear(features, features);
    this.attention_biases = new Parameter([heads, window * window], init.zeros);
  }

  forward(x: tf.Tensor3D, windows: Windows): tf.Tensor3D {
    const normal = this.norm.call(x);
    const qkv = this.qkv.call(normal) as tf.Tensor3D;
    const mixed = attention(qkv, { heads: this.heads, bias: this.bias(), windows });
    return this.proj.call(mixed) as tf.Tensor3D;
  }

  protected bias(): tf.Tensor {
    const tokens = this.window * this.window;
    const indices = tf.tensor1d(distances([this.window, this.window]), 'int32');
    return tf.reshape(tf.gather(this.attention_biases.data, indices, 1), [this.heads, tokens, tokens]);
  }

  override extraRepr(): string {
    return `heads=${this.heads}, window=${this.window}`;
  }
}

/** `[N,N]`: rows between two positions, times the width of the window, plus columns between them. */
const distances = perWindow(([height, width]) => {
  const tokens = height * width;
  const table = new Int32Array(tokens * tokens);
  for (let from = 0; from < tokens; from++) {
    for (let to = 0; to < tokens; to++) {
      const rows = Math.abs(Math.floor(from / width) - Math.floor(to / width));
      table[from * tokens + to] = rows * width + Math.abs((from % width) - (to % width));
    }
  }
  return table;
});

class NormMlp extends Module<[x: tf.Tensor], tf.Tensor> {
  norm: LayerNorm;
  fc1: Linear;
  fc2: Linear;

  constructor(features: number) {
    super();
    this.norm = new LayerNorm(features, { epsilon: EPSILON });
    this.fc1 = new Linear(features, EXPANSION * features);
    this.fc2 = new Linear(EXPANSION * features, features);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = this.fc1.call(this.norm.call(x));
    return this.fc2.call(activate(y, 'gelu'));
  }
}

/** Attention in windows, a depthwise convolution without shortcut, and an MLP. */
class TinyVitBlock extends WindowBlock {
  attn: WindowAttention;
  drop_path1: DropPath | null;
  mlp: NormMlp;
  drop_path2: DropPath | null;
  local_conv: ConvNorm;

  constructor(features: number, heads: number, window: number, dropPathRate: number) {
    super({ window: [window, window], shift: [0, 0] });
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.attn = new WindowAttention(features, heads, window);
    this.drop_path1 = makeDropPath();
    this.mlp = new NormMlp(features);
    this.drop_path2 = makeDropPath();
    this.local_conv = new ConvNorm(features, features, { kernel: 3, groups: features });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let branch: tf.Tensor = this.attend(x);
    if (this.drop_path1 !== null) branch = this.drop_path1.call(branch);
    const y = this.local_conv.call(tf.add(x, branch) as tf.Tensor4D);
    branch = this.mlp.call(y);
    if (this.drop_path2 !== null) branch = this.drop_path2.call(branch);
    return tf.add(y, branch) as tf.Tensor4D;
  }

  protected mix(tokens: tf.Tensor3D, _plan: WindowPlan, windows: Windows): tf.Tensor3D {
    return this.attn.call(tokens, windows);
  }
}

class TinyVitStage extends Module {
  downsample: PatchMerging | null;
  blocks: Sequential;

  constructor(downsample: PatchMerging | null, blocks: readonly (MBConv | TinyVitBlock)[]) {
    super();
    this.downsample = downsample;
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.downsample === null ? x : this.downsample.call(x);
    return this.blocks.call(y) as tf.Tensor4D;
  }
}

class TinyVit extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^patch_embed\./,
    blocks: /^stages\.(\d+)\.(?:downsample|blocks\.(\d+))\./,
  };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'patch_embed.conv1.conv';
  patch_embed: ConvStem;
  stages: Sequential;
  head: NormMlpHead;

  constructor({ dims, heads, windows }: TinyVitSettings, options: ModelOptions) {
    super();
    const total = DEPTHS.reduce((sum, depth) => sum + depth, 0);
    let index = 0;
    this.patch_embed = new ConvStem(options.inChannels, dims[0]);
    this.stages = new Sequential(
      DEPTHS.map((depth, stage) => {
        const width = dims[stage]!;
        const blocks = Array.from({ length: depth }, () => {
          const rate = dropPathAt(options.dropPathRate, index++, total);
          if (stage === 0) return new MBConv(width, rate);
          return new TinyVitBlock(width, heads[stage]!, windows[stage]!, rate);
        });
        return new TinyVitStage(stage === 0 ? null : new PatchMerging(dims[stage - 1]!, width), blocks);
      }),
    );
    const { globalPool = 'avg', dropRate } = options;
    this.head = new NormMlpHead(dims[3], classesOf(options), { globalPool, dropRate, epsilon: EPSILON });
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
    initWeights(this, (layer) => (layer instanceof Linear ? init.truncatedNormal(0.02) : undefined));
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.stages.call(this.patch_embed.call(x)) as tf.Tensor4D;
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

const of21m = { dims: [96, 192, 384, 576], heads: [3, 6, 12, 18] } as const;
const windows = [7, 7, 14, 7] as const;

export const tinyVit: AnyFamily = defineFamily<TinyVitSettings>({
  name: 'tiny-vit',
  build: (settings, options) => new TinyVit(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: () => ({ minimum: 32 }),
  variants: {
    tiny_vit_5m_224: { dims: [64, 128, 160, 320], heads: [2, 4, 5, 10], windows },
    tiny_vit_11m_224: { dims: [64, 128, 256, 448], heads: [2, 4, 8, 14], windows },
    tiny_vit_21m_224: { ...of21m, windows },
    tiny_vit_21m_384: { ...of21m, windows: [12, 12, 24, 12], imageSize: 384 },
    tiny_vit_21m_512: { ...of21m, windows: [16, 16, 32, 16], imageSize: 512 },
  },
});
