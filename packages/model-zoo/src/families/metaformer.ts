// MetaFormer: Yu et al. 2022 (arXiv 2210.13452): CAFormer, ConvFormer, PoolFormer V2. PoolFormer: Yu et al. 2022 (2111.11418).
// Structure and names as in timm.
import { attention } from '@podium/engine';
import {
  Conv2d,
  DropPath,
  GELU,
  type GlobalPool,
  GroupNorm,
  init,
  Linear,
  Module,
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
import { MetaFormerHead } from './shared/metaformer-head.ts';
import { GroupNormNoBias, LayerNormNoBias, Pooling, Scale, StarRelu } from './shared/metaformer-layers.ts';

type Four = readonly [number, number, number, number];
type Mixer = 'pool' | 'conv' | 'attention';

interface MetaFormerSettings {
  readonly depths: Four;
  readonly dims: Four;
  readonly mixers: readonly [Mixer, Mixer, Mixer, Mixer];
  /** Initial layer scale of PoolFormer's first version, which has other norms, activations and biases. */
  readonly poolFormer?: number;
  /** Two linear layers as the classifier. */
  readonly mlpHead?: boolean;
}

const EPSILON = 1e-6;
const EXPANSION = 4;
const HEAD_FEATURES = 32;

interface BlockOptions {
  readonly mixer: Mixer;
  readonly poolFormer: number | undefined;
  /** Whether the shortcut has a factor per channel: in the last two stages. */
  readonly scaledShortcut: boolean;
  readonly dropPathRate: number;
}

/** Pointwise, depthwise and pointwise convolution. */
class SepConv extends Module {
  pwconv1: Conv2d;
  act1: StarRelu;
  dwconv: Conv2d;
  pwconv2: Conv2d;

  constructor(channels: number) {
    super();
    const hidden = 2 * channels;
    this.pwconv1 = new Conv2d(channels, hidden, 1, { bias: false });
    this.act1 = new StarRelu();
    this.dwconv = new Conv2d(hidden, hidden, 7, { padding: 3, groups: hidden, bias: false });
    this.pwconv2 = new Conv2d(hidden, channels, 1, { bias: false });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.act1.call(this.pwconv1.call(x)) as tf.Tensor4D;
    y = this.dwconv.call(y);
    return this.pwconv2.call(y);
  }
}

/** Self-attention of all positions of a map, `[B,H,W,C] -> [B,H,W,C]`. */
class Attention extends Module {
  readonly heads: number;
  qkv: Linear;
  proj: Linear;

  constructor(channels: number) {
    super();
    this.heads = Math.max(1, Math.floor(channels / HEAD_FEATURES));
    const width = this.heads * HEAD_FEATURES;
    this.qkv = new Linear(channels, 3 * width, { bias: false });
    this.proj = new Linear(width, channels, { bias: false });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width, channels] = x.shape;
    const qkv = this.qkv.call(tf.reshape(x, [batch, height * width, channels])) as tf.Tensor3D;
    const mixed = this.proj.call(attention(qkv, { heads: this.heads }));
    return tf.reshape(mixed, x.shape) as tf.Tensor4D;
  }
}

/** Expands, activates and projects back: 1x1 convolutions, or linear layers in stages with attention. */
class MetaFormerMlp extends Module<[x: tf.Tensor], tf.Tensor> {
  fc1: Conv2d | Linear;
  act: StarRelu | GELU;
  fc2: Conv2d | Linear;

  constructor(channels: number, { mixer, poolFormer }: BlockOptions) {
    super();
    const bias = poolFormer !== undefined;
    const make = (from: number, to: number) =>
      mixer === 'attention' ? new Linear(from, to, { bias }) : new Conv2d(from, to, 1, { bias });
    this.fc1 = make(channels, EXPANSION * channels);
    this.act = poolFormer === undefined ? new StarRelu() : new GELU();
    this.fc2 = make(EXPANSION * channels, channels);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = this.act.call(this.fc1.call(x as tf.Tensor4D));
    return this.fc2.call(y as tf.Tensor4D);
  }
}

function makeNorm(
  channels: number,
  { mixer, poolFormer }: BlockOptions,
): GroupNorm | GroupNormNoBias | LayerNormNoBias {
  if (poolFormer !== undefined) return new GroupNorm(1, channels);
  return mixer === 'pool' ? new GroupNormNoBias(channels, EPSILON) : new LayerNormNoBias(channels, EPSILON);
}

function makeMixer(channels: number, mixer: Mixer): Pooling | SepConv | Attention {
  if (mixer === 'pool') return new Pooling();
  return mixer === 'conv' ? new SepConv(channels) : new Attention(channels);
}

/** A token mixer and an MLP, each on normalized input and added to it, `[B,H,W,C] -> [B,H,W,C]`. */
class MetaFormerBlock extends Module {
  norm1: GroupNorm | GroupNormNoBias | LayerNormNoBias;
  token_mixer: Pooling | SepConv | Attention;
  drop_path1: DropPath | null;
  layer_scale1: Scale | null;
  res_scale1: Scale | null;
  norm2: GroupNorm | GroupNormNoBias | LayerNormNoBias;
  mlp: MetaFormerMlp;
  drop_path2: DropPath | null;
  layer_scale2: Scale | null;
  res_scale2: Scale | null;

  constructor(channels: number, options: BlockOptions) {
    super();
    const { mixer, poolFormer, scaledShortcut, dropPathRate } = options;
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    const makeLayerScale = () => (poolFormer === undefined ? null : new Scale(channels, poolFormer));
    const makeShortcutScale = () => (scaledShortcut ? new Scale(channels, 1) : null);
    this.norm1 = makeNorm(channels, options);
    this.token_mixer = makeMixer(channels, mixer);
    this.drop_path1 = makeDropPath();
    this.layer_scale1 = makeLayerScale();
    this.res_scale1 = makeShortcutScale();
    this.norm2 = makeNorm(channels, options);
    this.mlp = new MetaFormerMlp(channels, options);
    this.drop_path2 = makeDropPath();
    this.layer_scale2 = makeLayerScale();
    this.res_scale2 = makeShortcutScale();
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let branch: tf.Tensor = this.token_mixer.call(this.norm1.call(x));
    if (this.drop_path1 !== null) branch = this.drop_path1.call(branch);
    if (this.layer_scale1 !== null) branch = this.layer_scale1.call(branch);
    const y = tf.add(this.res_scale1 === null ? x : this.res_scale1.call(x), branch) as tf.Tensor4D;
    branch = this.mlp.call(this.norm2.call(y));
    if (this.drop_path2 !== null) branch = this.drop_path2.call(branch);
    if (this.layer_scale2 !== null) branch = this.layer_scale2.call(branch);
    return tf.add(this.res_scale2 === null ? y : this.res_scale2.call(y), branch) as tf.Tensor4D;
  }
}

class Stem extends Module {
  conv: Conv2d;
  norm: LayerNormNoBias | null;

  constructor(from: number, to: number, hasNorm: boolean) {
    super();
    this.conv = new Conv2d(from, to, 7, { stride: 4, padding: 2 });
    this.norm = hasNorm ? new LayerNormNoBias(to, EPSILON) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.conv.call(x);
    return this.norm === null ? y : this.norm.call(y);
  }
}

class Downsampling extends Module {
  norm: LayerNormNoBias | null;
  conv: Conv2d;

  constructor(from: number, to: number, hasNorm: boolean) {
    super();
    this.norm = hasNorm ? new LayerNormNoBias(from, EPSILON) : null;
    this.conv = new Conv2d(from, to, 3, { stride: 2, padding: 1 });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv.call(this.norm === null ? x : this.norm.call(x));
  }
}

class MetaFormerStage extends Module {
  downsample: Downsampling | null;
  blocks: Sequential;

  constructor(downsample: Downsampling | null, blocks: readonly MetaFormerBlock[]) {
    super();
    this.downsample = downsample;
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.downsample === null ? x : this.downsample.call(x);
    return this.blocks.call(y) as tf.Tensor4D;
  }
}

class MetaFormer extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^stem\./,
    blocks: /^stages\.(\d+)\.(?:downsample|blocks\.(\d+))\./,
  };
  readonly firstConvPath = 'stem.conv';
  stem: Stem;
  stages: Sequential;
  head: MetaFormerHead;

  constructor(settings: MetaFormerSettings, options: ModelOptions) {
    super();
    const { depths, dims, mixers, poolFormer, mlpHead = false } = settings;
    const isPlain = poolFormer !== undefined;
    const total = depths.reduce((sum, depth) => sum + depth, 0);
    let index = 0;
    this.stem = new Stem(options.inChannels, dims[0], !isPlain);
    this.stages = new Sequential(
      depths.map((depth, stage) => {
        const [before, width] = [dims[stage - 1] ?? dims[0], dims[stage]!];
        const downsample = before === width ? null : new Downsampling(before, width, !isPlain);
        const blocks = Array.from({ length: depth }, () => {
          const dropPathRate = dropPathAt(options.dropPathRate, index++, total);
          const scaledShortcut = !isPlain && stage >= 2;
          return new MetaFormerBlock(width, {
            mixer: mixers[stage]!,
            poolFormer,
            scaledShortcut,
            dropPathRate,
          });
        });
        return new MetaFormerStage(downsample, blocks);
      }),
    );
    this.head = new MetaFormerHead(dims[3], classesOf(options), mlpHead, options);
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
    initWeights(this, () => init.truncatedNormal(0.02));
  }

  /** Without classes there is no hidden layer either, as in timm. */
  get classifierPath(): string {
    return this.head.hasHidden ? 'head.fc.fc2' : 'head.fc';
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.stages.call(this.stem.call(x)) as tf.Tensor4D;
  }

  forwardHead(features: tf.Tensor4D, { preLogits = false } = {}): tf.Tensor {
    return this.head.call(features, preLogits);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

/** The authors' names: one list of downsampling layers, and stages without names for their blocks. */
function fromAuthors(key: string): string {
  return key
    .replace(/^network\.([135])\./, (_, i) => `downsample_layers.${(Number(i) + 1) / 2}.`)
    .replace(/^network\.([0246])\./, (_, i) => `stages.${Number(i) / 2}.`)
    .replace(/^stages\.(\d+)\.(\d+)\./, 'stages.$1.blocks.$2.')
    .replace(/^(?:downsample_layers\.0|patch_embed)\./, 'stem.')
    .replace(/^downsample_layers\.(\d+)\./, 'stages.$1.downsample.')
    .replace(/^(stem|stages\.\d+\.downsample)\.proj\./, '$1.conv.')
    .replace(/\.(?:pre|post)_norm\./, '.norm.')
    .replace(/\.layer_scale_([12])$/, '.layer_scale$1.scale')
    .replace(/^head\./, 'head.fc.')
    .replace(/^norm\./, 'head.norm.');
}

const s12 = { depths: [2, 2, 6, 2], dims: [64, 128, 320, 512] } as const;
const s24 = { depths: [4, 4, 12, 4], dims: [64, 128, 320, 512] } as const;
const s36 = { depths: [6, 6, 18, 6], dims: [64, 128, 320, 512] } as const;
const m36 = { depths: [6, 6, 18, 6], dims: [96, 192, 384, 768] } as const;
const m48 = { depths: [8, 8, 24, 8], dims: [96, 192, 384, 768] } as const;
const pool = { mixers: ['pool', 'pool', 'pool', 'pool'] } as const;
const conv = { mixers: ['conv', 'conv', 'conv', 'conv'], mlpHead: true } as const;
const both = { mixers: ['conv', 'conv', 'attention', 'attention'], mlpHead: true } as const;
const sizes = {
  s18: { depths: [3, 3, 9, 3], dims: [64, 128, 320, 512] },
  s36: { depths: [3, 12, 18, 3], dims: [64, 128, 320, 512] },
  m36: { depths: [3, 12, 18, 3], dims: [96, 192, 384, 576] },
  b36: { depths: [3, 12, 18, 3], dims: [128, 256, 512, 768] },
} as const;

export const metaformer: AnyFamily = defineFamily<MetaFormerSettings>({
  name: 'metaformer',
  build: (settings, options) => new MetaFormer(settings, options),
  inputRule: () => ({ minimum: 32 }),
  keyMaps: { sail: fromAuthors },
  variants: {
    poolformer_s12: { ...s12, ...pool, poolFormer: 1e-5 },
    poolformer_s24: { ...s24, ...pool, poolFormer: 1e-5 },
    poolformer_s36: { ...s36, ...pool, poolFormer: 1e-6 },
    poolformer_m36: { ...m36, ...pool, poolFormer: 1e-6 },
    poolformer_m48: { ...m48, ...pool, poolFormer: 1e-6 },
    poolformerv2_s12: { ...s12, ...pool },
    poolformerv2_s24: { ...s24, ...pool },
    poolformerv2_s36: { ...s36, ...pool },
    poolformerv2_m36: { ...m36, ...pool },
    poolformerv2_m48: { ...m48, ...pool },
    convformer_s18: { ...sizes.s18, ...conv },
    convformer_s36: { ...sizes.s36, ...conv },
    convformer_m36: { ...sizes.m36, ...conv },
    convformer_b36: { ...sizes.b36, ...conv },
    caformer_s18: { ...sizes.s18, ...both },
    caformer_s36: { ...sizes.s36, ...both },
    caformer_m36: { ...sizes.m36, ...both },
    caformer_b36: { ...sizes.b36, ...both },
  },
});
