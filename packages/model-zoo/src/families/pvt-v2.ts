// PVTv2: Wang et al. 2021 (arXiv 2106.13797). Structure and names as in timm.
import { activate, matMul } from '@podium/engine';
import {
  AdaptiveAvgPool2d,
  Conv2d,
  Dropout,
  DropPath,
  type GlobalPool,
  init,
  LayerNorm,
  Linear,
  Module,
  ModuleList,
  type SelectAdaptivePool2d,
  Sequential,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import {
  type Classes,
  type Classifier,
  classesOf,
  type DepthGroups,
  dropPathAt,
  type FeatureStage,
  ImageModel,
  type ModelOptions,
  makeClassifier,
  makePool,
} from '../image-model.ts';
import { initWeights } from '../init-weights.ts';
import { splitHeads } from './shared/distance-attention.ts';

type Four = readonly [number, number, number, number];

interface PvtSettings {
  readonly depths: Four;
  /** Default 64, 128, 320, 512. */
  readonly dims?: Four;
  /** Hidden features of the MLPs per feature. Default 8, 8, 4, 4. */
  readonly expansions?: Four;
  /** Keys and values from 7 x 7 means, whose cost grows linearly with the number of pixels. */
  readonly linear?: boolean;
}

const HEADS: Four = [1, 2, 5, 8];
/** Rows and columns of the map per key. */
const REDUCTIONS: Four = [8, 4, 2, 1];
const POOLED = 7;
const EPSILON = 1e-6;

/** Overlapping patches, `[B,H,W,C] -> [B,H/stride,W/stride,K]`. */
class PatchEmbed extends Module {
  proj: Conv2d;
  norm: LayerNorm;

  constructor(from: number, to: number, kernel: number, stride: number) {
    super();
    this.proj = new Conv2d(from, to, kernel, { stride, padding: (kernel - 1) / 2 });
    this.norm = new LayerNorm(to);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.norm.call(this.proj.call(x)) as tf.Tensor4D;
  }
}

/** Attention to a smaller map. */
class Attention extends Module {
  readonly heads: number;
  q: Linear;
  kv: Linear;
  proj: Linear;
  pool: AdaptiveAvgPool2d | null;
  sr: Conv2d | null;
  norm: LayerNorm | null;

  constructor(features: number, stage: number, linear: boolean) {
    super();
    const reduction = REDUCTIONS[stage]!;
    this.heads = HEADS[stage]!;
    this.q = new Linear(features, features);
    this.kv = new Linear(features, 2 * features);
    this.proj = new Linear(features, features);
    this.pool = linear ? new AdaptiveAvgPool2d(POOLED) : null;
    const kernel = linear ? 1 : reduction;
    const reduces = linear || reduction > 1;
    this.sr = reduces ? new Conv2d(features, features, kernel, { stride: kernel }) : null;
    this.norm = reduces ? new LayerNorm(features) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const features = x.shape[3];
    const keys = tf.split(this.kv.call(this.reduce(x)), 2, 3) as [tf.Tensor, tf.Tensor];
    const [q, k, v] = [this.q.call(x), ...keys].map((part) => splitHeads(part, this.heads)) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const scale = (features / this.heads) ** -0.5;
    const weights = tf.softmax(matMul(tf.mul(q, scale), k, { transposeB: true }));
    const mixed = tf.transpose(matMul(weights, v), [0, 2, 1, 3]);
    return this.proj.call(tf.reshape(mixed, x.shape)) as tf.Tensor4D;
  }

  private reduce(x: tf.Tensor4D): tf.Tensor4D {
    if (this.sr === null || this.norm === null) return x;
    const y = this.norm.call(this.sr.call(this.pool === null ? x : this.pool.call(x))) as tf.Tensor4D;
    return this.pool === null ? y : activate(y, 'gelu');
  }
}

/** An MLP with a depthwise convolution, which makes position embeddings unnecessary. */
class ConvMlp extends Module {
  readonly hasRelu: boolean;
  fc1: Linear;
  dwconv: Conv2d;
  fc2: Linear;

  constructor(features: number, hidden: number, hasRelu: boolean) {
    super();
    this.hasRelu = hasRelu;
    this.fc1 = new Linear(features, hidden);
    this.dwconv = new Conv2d(hidden, hidden, 3, { padding: 1, groups: hidden });
    this.fc2 = new Linear(hidden, features);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.fc1.call(x) as tf.Tensor4D;
    if (this.hasRelu) y = activate(y, 'relu');
    y = activate(this.dwconv.call(y), 'gelu');
    return this.fc2.call(y) as tf.Tensor4D;
  }
}

class Block extends Module {
  norm1: LayerNorm;
  attn: Attention;
  drop_path1: DropPath | null;
  norm2: LayerNorm;
  mlp: ConvMlp;
  drop_path2: DropPath | null;

  constructor(features: number, stage: number, expansion: number, linear: boolean, dropPathRate: number) {
    super();
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.norm1 = new LayerNorm(features, { epsilon: EPSILON });
    this.attn = new Attention(features, stage, linear);
    this.drop_path1 = makeDropPath();
    this.norm2 = new LayerNorm(features, { epsilon: EPSILON });
    this.mlp = new ConvMlp(features, expansion * features, linear);
    this.drop_path2 = makeDropPath();
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let branch: tf.Tensor = this.attn.call(this.norm1.call(x) as tf.Tensor4D);
    if (this.drop_path1 !== null) branch = this.drop_path1.call(branch);
    const y = tf.add(x, branch) as tf.Tensor4D;
    branch = this.mlp.call(this.norm2.call(y) as tf.Tensor4D);
    if (this.drop_path2 !== null) branch = this.drop_path2.call(branch);
    return tf.add(y, branch) as tf.Tensor4D;
  }
}

class PvtStage extends Module {
  downsample: PatchEmbed | null;
  blocks: ModuleList<Block>;
  norm: LayerNorm;

  constructor(features: number, downsample: PatchEmbed | null, blocks: readonly Block[]) {
    super();
    this.downsample = downsample;
    this.blocks = new ModuleList(blocks);
    this.norm = new LayerNorm(features, { epsilon: EPSILON });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.downsample === null ? x : this.downsample.call(x);
    for (const block of this.blocks) y = block.call(y);
    return this.norm.call(y) as tf.Tensor4D;
  }
}

class PyramidVisionTransformer extends ImageModel {
  numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^patch_embed\./, blocks: /^stages\.(\d+)\./ };
  readonly classifierPath = 'head';
  readonly firstConvPath = 'patch_embed.proj';
  readonly channels: number;
  patch_embed: PatchEmbed;
  stages: Sequential;
  global_pool: SelectAdaptivePool2d;
  head_drop: Dropout;
  head: Classifier;

  constructor(settings: PvtSettings, options: ModelOptions) {
    super();
    const { depths, dims = [64, 128, 320, 512], expansions = [8, 8, 4, 4], linear = false } = settings;
    this.channels = dims[3];
    this.patch_embed = new PatchEmbed(options.inChannels, dims[0], 7, 4);
    const total = depths.reduce((sum, depth) => sum + depth, 0);
    let index = 0;
    this.stages = new Sequential(
      dims.map((width, stage) => {
        const blocks = Array.from({ length: depths[stage]! }, () => {
          const rate = dropPathAt(options.dropPathRate, index++, total);
          return new Block(width, stage, expansions[stage]!, linear, rate);
        });
        const downsample = stage === 0 ? null : new PatchEmbed(dims[stage - 1]!, width, 3, 2);
        return new PvtStage(width, downsample, blocks);
      }),
    );
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
    const { pool, features } = makePool(options.globalPool ?? 'avg', dims[3]);
    this.global_pool = pool;
    this.numFeatures = features;
    this.head_drop = new Dropout(options.dropRate);
    this.head = makeClassifier(features, classesOf(options));
    initWeights(this, (layer) => {
      if (layer instanceof Linear) return init.truncatedNormal(0.02);
      const { kernelSize, outChannels, groups } = layer;
      const fanOut = (kernelSize[0] * kernelSize[1] * outChannels) / groups;
      return init.normal(0, Math.sqrt(2 / fanOut));
    });
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.stages.call(this.patch_embed.call(x)) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const y = this.head_drop.call(this.global_pool.call(features));
    return preLogits ? y : this.head.call(y);
  }

  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const { pool, features } = makePool(globalPool, this.channels);
    this.global_pool.dispose();
    this.global_pool = pool;
    this.numFeatures = features;
    this.head.dispose();
    this.head = makeClassifier(features, classes);
  }
}

const b2: Four = [3, 4, 6, 3];

export const pvtV2: AnyFamily = defineFamily<PvtSettings>({
  name: 'pvt-v2',
  build: (settings, options) => new PyramidVisionTransformer(settings, options),
  inputRule: () => ({ multipleOf: 32, minimum: 32 }),
  variants: {
    pvt_v2_b0: { depths: [2, 2, 2, 2], dims: [32, 64, 160, 256] },
    pvt_v2_b1: { depths: [2, 2, 2, 2] },
    pvt_v2_b2: { depths: b2 },
    pvt_v2_b3: { depths: [3, 4, 18, 3] },
    pvt_v2_b4: { depths: [3, 8, 27, 3] },
    pvt_v2_b5: { depths: [3, 6, 40, 3], expansions: [4, 4, 4, 4] },
    pvt_v2_b2_li: { depths: b2, linear: true },
  },
});
