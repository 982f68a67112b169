import { PodiumError } from '@podium/core';
import {
  Dropout,
  DropPath,
  type GlobalPool,
  init,
  LayerNorm,
  LayerScale,
  Mlp,
  Module,
  MultiHeadAttention,
  Parameter,
  Sequential,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
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
} from '../../image-model.ts';
import { initWeights } from '../../init-weights.ts';
import { PatchEmbed } from './patch-embed.ts';

export interface VisionTransformerSettings {
  readonly patchSize: number;
  readonly features: number;
  readonly depth: number;
  readonly heads: number;
  /** Height and width of its images. Default 224. */
  readonly imageSize?: number;
  /** Width of the blocks' hidden layers by that of the tokens. Default 4. */
  readonly expansion?: number;
  /** Default true. */
  readonly qkvBias?: boolean;
  /** What the factors at the end of each branch are at first. Default: there are none. */
  readonly layerScale?: number;
  /** How tokens become a vector: the class token alone (default), or the mean of the patches, without a class token. */
  readonly pool?: 'token' | 'avg';
  /** A second class token with a classifier of its own: DeiT's distilled variants. */
  readonly distilled?: boolean;
  /** Extra tokens that stand for nothing in the image. Default 0. */
  readonly registers?: number;
  /** Position embeddings for the patches alone. */
  readonly patchPositionsOnly?: boolean;
  /** A norm before the blocks, and no bias in the patch embedding: CLIP's. */
  readonly normBefore?: boolean;
  /** Of the layer norms. Default 1e-6. */
  readonly epsilon?: number;
}

interface BlockOptions extends VisionTransformerSettings {
  readonly epsilon: number;
  readonly dropPathRate: number;
}

/** Attention and a hidden layer, each normalized before and added to its input, `[B,N,C] -> [B,N,C]`. */
class Block extends Module<[x: tf.Tensor3D], tf.Tensor3D> {
  norm1: LayerNorm;
  attn: MultiHeadAttention;
  ls1: LayerScale | null;
  drop_path1: DropPath | null;
  norm2: LayerNorm;
  mlp: Mlp;
  ls2: LayerScale | null;
  drop_path2: DropPath | null;

  constructor({ features, heads, epsilon, dropPathRate, layerScale, ...rest }: BlockOptions) {
    super();
    const makeScale = () => (layerScale === undefined ? null : new LayerScale(features, layerScale));
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.norm1 = new LayerNorm(features, { epsilon });
    this.attn = new MultiHeadAttention(features, { heads, qkvBias: rest.qkvBias ?? true });
    this.ls1 = makeScale();
    this.drop_path1 = makeDropPath();
    this.norm2 = new LayerNorm(features, { epsilon });
    this.mlp = new Mlp(features, { hidden: Math.trunc(features * (rest.expansion ?? 4)) });
    this.ls2 = makeScale();
    this.drop_path2 = makeDropPath();
  }

  forward(x: tf.Tensor3D): tf.Tensor3D {
    const attended = this.attn.call(this.norm1.call(x) as tf.Tensor3D);
    const y = addBranch(x, attended, this.ls1, this.drop_path1);
    return addBranch(y, this.mlp.call(this.norm2.call(y)), this.ls2, this.drop_path2) as tf.Tensor3D;
  }
}

function addBranch(
  x: tf.Tensor,
  branch: tf.Tensor,
  scale: LayerScale | null,
  drop: DropPath | null,
): tf.Tensor {
  const scaled = scale === null ? branch : scale.call(branch);
  return tf.add(x, drop === null ? scaled : drop.call(scaled));
}

type Pooling = 'token' | 'avg' | 'avgmax' | 'max' | '';

/** Dosovitskiy et al. 2021 (arXiv 2010.11929), by timm's structure and names: `[B,H,W,C] -> [B,K]`. */
export class VisionTransformer extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^(cls_token|dist_token|reg_token|pos_embed|patch_embed|norm_pre)\b/,
    blocks: /^blocks\.(\d+)\./,
    last: /^norm\./,
  };
  readonly classifierPath = 'head';
  override readonly classifierPaths: readonly string[];
  readonly firstConvPath = 'patch_embed.proj';
  /** Tokens before those of the patches. */
  readonly prefixTokens: number;
  readonly patchPositionsOnly: boolean;
  pooling: Pooling;
  cls_token: Parameter | null;
  dist_token: Parameter | null;
  reg_token: Parameter | null;
  pos_embed: Parameter;
  patch_embed: PatchEmbed;
  norm_pre: LayerNorm | null;
  blocks: Sequential;
  norm: LayerNorm | null;
  fc_norm: LayerNorm | null;
  head_drop: Dropout;
  head: Classifier;
  head_dist: Classifier | null;

  constructor(settings: VisionTransformerSettings, options: ModelOptions) {
    super();
    const { features, depth, patchSize, imageSize: size = 224, pool = 'token' } = settings;
    const { distilled = false, registers = 0, epsilon = 1e-6, normBefore = false } = settings;
    const makeToken = (count: number, rule: init.Initializer) => new Parameter([1, count, features], rule);
    this.numFeatures = features;
    this.patchPositionsOnly = settings.patchPositionsOnly ?? false;
    this.pooling = poolingOf(options.globalPool, pool);
    this.cls_token = pool === 'token' ? makeToken(1, init.normal(0, 1e-6)) : null;
    this.dist_token = distilled ? makeToken(1, init.truncatedNormal(0.02)) : null;
    this.reg_token = registers > 0 ? makeToken(registers, init.normal(0, 1e-6)) : null;
    this.prefixTokens = (pool === 'token' ? 1 : 0) + (distilled ? 1 : 0) + registers;
    this.patch_embed = new PatchEmbed({
      patchSize,
      inChannels: options.inChannels,
      features,
      imageSize: options.imageSize ?? [size, size],
      bias: !normBefore,
    });
    const [rows, columns] = this.patch_embed.grid;
    const positions = rows * columns + (this.patchPositionsOnly ? 0 : this.prefixTokens);
    this.pos_embed = makeToken(positions, init.truncatedNormal(0.02));
    this.norm_pre = normBefore ? new LayerNorm(features, { epsilon }) : null;
    this.blocks = new Sequential(
      Array.from({ length: depth }, (_, i) => {
        const dropPathRate = dropPathAt(options.dropPathRate, i, depth);
        return new Block({ ...settings, epsilon, dropPathRate });
      }),
    );
    // timm: a class-token model that is made with other pooling normalizes the mean, not what goes into it.
    const normAfterPool = pool === 'token' && ['avg', 'avgmax', 'max'].includes(this.pooling);
    this.norm = normAfterPool ? null : new LayerNorm(features, { epsilon });
    this.fc_norm = normAfterPool ? new LayerNorm(features, { epsilon }) : null;
    this.head_drop = new Dropout(options.dropRate);
    this.head = makeClassifier(features, classesOf(options));
    this.head_dist = distilled ? makeClassifier(features, classesOf(options)) : null;
    this.classifierPaths = distilled ? ['head', 'head_dist'] : ['head'];
    this.featureInfo = Array.from({ length: depth }, (_, i) => ({
      channels: features,
      reduction: patchSize,
      module: `blocks.${i}`,
    }));
    for (const part of [this.blocks, this.head, this.head_dist]) {
      if (part !== null) initWeights(part, () => init.truncatedNormal(0.02));
    }
  }

  /** `[B,H,W,C] -> [B,N,C]` tokens. */
  forwardFeatures(x: tf.Tensor4D): tf.Tensor3D {
    let tokens = this.embed(this.patch_embed.call(x));
    if (this.norm_pre !== null) tokens = this.norm_pre.call(tokens) as tf.Tensor3D;
    const y = this.blocks.call(tokens) as tf.Tensor3D;
    return this.norm === null ? y : (this.norm.call(y) as tf.Tensor3D);
  }

  forwardHead(tokens: tf.Tensor, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    if (this.head_dist !== null) {
      const own = this.head_drop.call(tokenAt(tokens, 0));
      const taught = this.head_drop.call(tokenAt(tokens, 1));
      const both = preLogits ? tf.add(own, taught) : tf.add(this.head.call(own), this.head_dist.call(taught));
      return tf.mul(both, 0.5);
    }
    const pooled = this.pool(tokens);
    const normal = this.fc_norm === null ? pooled : this.fc_norm.call(pooled);
    const features = this.head_drop.call(normal);
    return preLogits ? features : this.head.call(features);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    if (globalPool !== undefined) this.pooling = poolingOf(globalPool, 'token');
    this.head.dispose();
    this.head = makeClassifier(this.numFeatures, classes);
    if (this.head_dist === null) return;
    this.head_dist.dispose();
    this.head_dist = makeClassifier(this.numFeatures, classes);
  }

  /** Tokens of a block, `[B,N,C]`, as an image of patches. */
  override featureMap(tokens: tf.Tensor): tf.Tensor4D {
    const [batch = 1, count = 1, channels = 1] = tokens.shape;
    const patches = tf.slice(tokens, [0, this.prefixTokens, 0], [batch, count - this.prefixTokens, channels]);
    return tf.reshape(patches, [batch, ...this.patch_embed.grid, channels]);
  }

  protected embed(patches: tf.Tensor4D): tf.Tensor3D {
    const [batch, rows, columns, channels] = patches.shape;
    const positions = this.pos_embed.data;
    let tokens: tf.Tensor = tf.reshape(patches, [batch, rows * columns, channels]);
    if (this.patchPositionsOnly) tokens = tf.add(tokens, positions);
    const prefix = [this.cls_token, this.dist_token, this.reg_token]
      .filter((token) => token !== null)
      .map((token) => tf.tile(token.data, [batch, 1, 1]));
    if (prefix.length > 0) tokens = tf.concat([...prefix, tokens], 1);
    return (this.patchPositionsOnly ? tokens : tf.add(tokens, positions)) as tf.Tensor3D;
  }

  protected pool(tokens: tf.Tensor): tf.Tensor {
    if (this.pooling === '') return tokens;
    if (this.pooling === 'token') return tokenAt(tokens, 0);
    const [batch = 1, count = 1, channels = 1] = tokens.shape;
    const patches = tf.slice(tokens, [0, this.prefixTokens, 0], [batch, count - this.prefixTokens, channels]);
    if (this.pooling === 'avg') return tf.mean(patches, 1);
    if (this.pooling === 'max') return tf.max(patches, 1);
    return tf.mul(tf.add(tf.mean(patches, 1), tf.max(patches, 1)), 0.5);
  }
}

/** `[B,N,C] -> [B,C]` */
function tokenAt(tokens: tf.Tensor, at: number): tf.Tensor {
  const [batch = 1, , channels = 1] = tokens.shape;
  return tf.reshape(tf.slice(tokens, [0, at, 0], [batch, 1, channels]), [batch, channels]);
}

function poolingOf(globalPool: GlobalPool | undefined, own: Pooling): Pooling {
  if (globalPool === undefined) return own;
  if (globalPool === 'catavgmax' || globalPool === 'gem') {
    throw new PodiumError({
      code: 'zoo-option',
      path: { key: 'globalPool' },
      message: 'a vision transformer cannot be pooled that way',
      expected: ['avg', 'avgmax', 'max', ''],
      got: JSON.stringify(globalPool),
      fix: 'leave globalPool out to use the class token',
    });
  }
  return globalPool;
}
