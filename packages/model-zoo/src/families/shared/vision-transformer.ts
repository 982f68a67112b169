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
  type ModelOptions,
  makeClassifier,
} from '../../image-model.ts';
import { initWeights } from '../../init-weights.ts';
import { AttentionPool } from './attention-pool.ts';
import { classifyTwice } from './classify-twice.ts';
import { PackedSwiGlu, QuickGeluMlp } from './gated-mlp.ts';
import { PatchEmbed } from './patch-embed.ts';
import { type Pooling, TokenModel } from './token-model.ts';

export interface VisionTransformerSettings {
  readonly patchSize: number;
  readonly features: number;
  readonly depth: number;
  readonly heads: number;
  /** Height and width of its images. Default 224. */
  readonly imageSize?: number;
  /** Hidden features per token feature in the blocks. Default 4. */
  readonly expansion?: number;
  /** Default true. */
  readonly qkvBias?: boolean;
  /** Initial value of the factors at the end of each branch. Default: no factors. */
  readonly layerScale?: number | undefined;
  /**
   * How tokens become one vector: the class token (default), or without a class token the mean of the patches or attention by a
   * learned query.
   */
  readonly pool?: 'token' | 'avg' | 'map';
  /** Normalize the mean of the patches instead of the tokens. Default false. */
  readonly normAfterPool?: boolean;
  /** In the blocks. Default `gelu`; `swiGlu` has two linear layers side by side, with {@link expansion} features each. */
  readonly activation?: 'gelu' | 'geluTanh' | 'quickGelu' | 'swiGlu';
  /** A second class token with its own classifier: DeiT's distilled variants. */
  readonly distilled?: boolean;
  /** Extra tokens that no part of the image belongs to (Darcet et al. 2023, arXiv 2309.16588). Default 0. */
  readonly registers?: number;
  /** Position embeddings for the patches only, not for the tokens before them. */
  readonly patchPositionsOnly?: boolean;
  /** CLIP's: a norm before the blocks, and no bias in the patch embedding. */
  readonly normBefore?: boolean;
  /** Of the layer norms. Default 1e-6. */
  readonly epsilon?: number;
}

interface BlockOptions extends VisionTransformerSettings {
  readonly epsilon: number;
  readonly dropPathRate: number;
}

/** Attention and an MLP, each on normalized input and added to it, `[B,N,C] -> [B,N,C]`. */
export class VitBlock extends Module<[x: tf.Tensor3D], tf.Tensor3D> {
  norm1: LayerNorm;
  attn: MultiHeadAttention;
  ls1: LayerScale | null;
  drop_path1: DropPath | null;
  norm2: LayerNorm;
  mlp: Mlp | PackedSwiGlu;
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
    this.mlp = makeMlp(features, Math.trunc(features * (rest.expansion ?? 4)), rest.activation);
    this.ls2 = makeScale();
    this.drop_path2 = makeDropPath();
  }

  forward(x: tf.Tensor3D): tf.Tensor3D {
    let branch = this.norm1.call(x);
    branch = this.attn.call(branch as tf.Tensor3D);
    if (this.ls1 !== null) branch = this.ls1.call(branch);
    if (this.drop_path1 !== null) branch = this.drop_path1.call(branch);
    const y = tf.add(x, branch) as tf.Tensor3D;
    branch = this.norm2.call(y);
    branch = this.mlp.call(branch);
    if (this.ls2 !== null) branch = this.ls2.call(branch);
    if (this.drop_path2 !== null) branch = this.drop_path2.call(branch);
    return tf.add(y, branch);
  }
}

function makeMlp(
  features: number,
  hidden: number,
  activation: VisionTransformerSettings['activation'] = 'gelu',
): Mlp | PackedSwiGlu {
  if (activation === 'swiGlu') return new PackedSwiGlu(features, hidden);
  if (activation === 'quickGelu') return new QuickGeluMlp(features, hidden);
  return new Mlp(features, { hidden, activation });
}

/** Dosovitskiy et al. 2021 (arXiv 2010.11929), with timm's structure and names: `[B,H,W,C] -> [B,K]`. */
export class VisionTransformer extends TokenModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^(cls_token|dist_token|reg_token|pos_embed|patch_embed|norm_pre)\b/,
    blocks: /^blocks\.(\d+)\./,
    last: /^norm\./,
  };
  readonly classifierPath = 'head';
  override classifierPaths: readonly string[];
  readonly firstConvPath = 'patch_embed.proj';
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
  attn_pool: AttentionPool | null;
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
    this.pooling = poolingOf(options.globalPool, pool, distilled);
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
        return new VitBlock({ ...settings, epsilon, dropPathRate });
      }),
    );
    // As in timm: with other pooling, a model normalizes the pooled vector instead of the tokens.
    const canMove = pool !== 'avg' || settings.normAfterPool === true;
    const normAfterPool = canMove && ['avg', 'avgmax', 'max'].includes(this.pooling);
    this.norm = normAfterPool ? null : new LayerNorm(features, { epsilon });
    this.attn_pool = this.pooling === 'map' ? makeAttentionPool(settings, epsilon) : null;
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
    for (const part of [this.blocks, this.attn_pool, this.head, this.head_dist]) {
      if (part !== null) initWeights(part, () => init.truncatedNormal(0.02));
    }
  }

  /** `[B,H,W,C] -> [B,N,C]` tokens. */
  forwardFeatures(x: tf.Tensor4D): tf.Tensor3D {
    const patches = this.patch_embed.call(x);
    let tokens = this.embed(patches);
    if (this.norm_pre !== null) tokens = this.norm_pre.call(tokens) as tf.Tensor3D;
    tokens = this.blocks.call(tokens) as tf.Tensor3D;
    return this.norm === null ? tokens : (this.norm.call(tokens) as tf.Tensor3D);
  }

  forwardHead(tokens: tf.Tensor, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    if (this.dist_token !== null) return classifyTwice(tokens, this, preLogits);
    let y = this.pool(tokens);
    if (this.fc_norm !== null) y = this.fc_norm.call(y);
    y = this.head_drop.call(y);
    return preLogits ? y : this.head.call(y);
  }

  /** A distilled model keeps one classifier, on the mean of its two tokens. */
  override makeClassifierLinear(): void {
    this.head_dist?.dispose();
    this.head_dist = null;
    this.classifierPaths = ['head'];
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    if (globalPool !== undefined) {
      this.pooling = poolingOf(globalPool, 'token', this.dist_token !== null);
      this.attn_pool?.dispose();
      this.attn_pool = null;
    }
    this.head.dispose();
    this.head = makeClassifier(this.numFeatures, classes);
    if (this.head_dist === null) return;
    this.head_dist.dispose();
    this.head_dist = makeClassifier(this.numFeatures, classes);
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
}

function makeAttentionPool(
  { features, heads, expansion = 4, activation = 'gelu' }: VisionTransformerSettings,
  epsilon: number,
): AttentionPool {
  const hidden = Math.trunc(features * expansion);
  return new AttentionPool(features, {
    heads,
    hidden,
    epsilon,
    activation: activation === 'geluTanh' ? activation : 'gelu',
  });
}

/** What a transformer of tokens pools by. @throws PodiumError `zoo-option` for pooling that needs a map */
export function poolingOf(globalPool: GlobalPool | undefined, fallback: Pooling, distilled = false): Pooling {
  if (globalPool === undefined) return fallback;
  if (distilled) {
    throw new PodiumError({
      code: 'zoo-option',
      path: { key: 'globalPool' },
      message: 'distilled transformers classify their two tokens, so they pool nothing',
      expected: 'nothing',
      got: JSON.stringify(globalPool),
      fix: 'leave globalPool out, or use the variant without "distilled"',
    });
  }
  if (globalPool === 'catavgmax' || globalPool === 'gem') {
    throw new PodiumError({
      code: 'zoo-option',
      path: { key: 'globalPool' },
      message: 'vision transformers do not support this pooling',
      expected: ['avg', 'avgmax', 'max', ''],
      got: JSON.stringify(globalPool),
      fix: 'leave globalPool out to use the class token',
    });
  }
  return globalPool;
}
