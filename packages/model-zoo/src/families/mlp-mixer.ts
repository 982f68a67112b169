// MLP-Mixer: Tolstikhin et al. 2021 (arXiv 2105.01601), ResMLP: Touvron et al. 2021 (2105.03404), gMLP: Liu et al. 2021
// (2105.08050), and timm's gMixer. Structure and names as in timm.
import { activate } from '@podium/engine';
import {
  Conv2d,
  Dropout,
  DropPath,
  type GlobalPool,
  type Initializer,
  init,
  LayerNorm,
  Linear,
  Mlp,
  Module,
  Parameter,
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
  type FeatureStage,
  ImageModel,
  type ModelOptions,
  makeClassifier,
  makePool,
} from '../image-model.ts';
import { asMap, asTokens } from './shared/as-map.ts';
import { PatchEmbed } from './shared/patch-embed.ts';

interface MixerSettings {
  readonly block: 'mixer' | 'gluMixer' | 'residual' | 'spatialGate';
  readonly patchSize: number;
  readonly depth: number;
  readonly features: number;
  /** Initial value of the factors at the end of each branch of ResMLP. */
  readonly layerScale?: number;
}

const EPSILON = 1e-6;

interface BlockOptions {
  readonly features: number;
  readonly tokens: number;
  readonly dropPathRate: number;
  readonly layerScale: number;
}

/** Applies a layer to the tokens of each channel, `[B,N,C] -> [B,N',C]`. */
function acrossTokens(layer: Module<[x: tf.Tensor], tf.Tensor>, x: tf.Tensor): tf.Tensor {
  return tf.transpose(layer.call(tf.transpose(x, [0, 2, 1])), [0, 2, 1]);
}

/** `fc2(value * silu(gate))` with value and gate from one layer (timm's `GluMlp`). */
class GluMlp extends Module<[x: tf.Tensor], tf.Tensor> {
  fc1: Linear;
  fc2: Linear;

  constructor(features: number, hidden: number) {
    super();
    this.fc1 = new Linear(features, hidden);
    this.fc2 = new Linear(hidden / 2, features);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const [value, gate] = tf.split(this.fc1.call(x), 2, -1) as [tf.Tensor, tf.Tensor];
    return this.fc2.call(tf.mul(value, activate(gate, 'silu')));
  }
}

/** An MLP across tokens and one across features, each on normalized input and added to it. */
class MixerBlock extends Module<[x: tf.Tensor], tf.Tensor> {
  norm1: LayerNorm;
  mlp_tokens: Mlp | GluMlp;
  drop_path: DropPath | null;
  norm2: LayerNorm;
  mlp_channels: Mlp | GluMlp;

  constructor({ features, tokens, dropPathRate }: BlockOptions, gated: boolean) {
    super();
    const makeMlp = (width: number, hidden: number) =>
      gated ? new GluMlp(width, hidden) : new Mlp(width, { hidden });
    this.norm1 = new LayerNorm(features, { epsilon: EPSILON });
    this.mlp_tokens = makeMlp(tokens, gated ? features : Math.trunc(features / 2));
    this.drop_path = makeDropPath(dropPathRate);
    this.norm2 = new LayerNorm(features, { epsilon: EPSILON });
    this.mlp_channels = makeMlp(features, 4 * features);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = dropAdd(this.drop_path, acrossTokens(this.mlp_tokens, this.norm1.call(x)), x);
    return dropAdd(this.drop_path, this.mlp_channels.call(this.norm2.call(y)), y);
  }
}

/** A learned factor and offset per feature, `[...,C] -> [...,C]`: what ResMLP has instead of norms. */
class Affine extends Module<[x: tf.Tensor], tf.Tensor> {
  /** `[1,1,C]` */
  alpha: Parameter;
  /** `[1,1,C]` */
  beta: Parameter;

  constructor(features: number) {
    super();
    this.alpha = new Parameter([1, 1, features], init.ones);
    this.beta = new Parameter([1, 1, features], init.zeros);
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.add(tf.mul(x, this.alpha.data), this.beta.data);
  }
}

/** A linear layer across tokens and an MLP across features, each multiplied by a factor per feature. */
class ResidualBlock extends Module<[x: tf.Tensor], tf.Tensor> {
  norm1: Affine;
  linear_tokens: Linear;
  drop_path: DropPath | null;
  norm2: Affine;
  mlp_channels: Mlp;
  ls1: Parameter;
  ls2: Parameter;

  constructor({ features, tokens, dropPathRate, layerScale }: BlockOptions) {
    super();
    this.norm1 = new Affine(features);
    this.linear_tokens = new Linear(tokens, tokens);
    this.drop_path = makeDropPath(dropPathRate);
    this.norm2 = new Affine(features);
    this.mlp_channels = new Mlp(features, { hidden: 4 * features });
    this.ls1 = new Parameter([features], init.constant(layerScale));
    this.ls2 = new Parameter([features], init.constant(layerScale));
  }

  forward(x: tf.Tensor): tf.Tensor {
    let branch = acrossTokens(this.linear_tokens, this.norm1.call(x));
    const y = dropAdd(this.drop_path, tf.mul(branch, this.ls1.data), x);
    branch = this.mlp_channels.call(this.norm2.call(y));
    return dropAdd(this.drop_path, tf.mul(branch, this.ls2.data), y);
  }
}

/** Multiplies one half of the features by a linear mix of the other half's tokens, `[B,N,2C] -> [B,N,C]`. */
class SpatialGatingUnit extends Module<[x: tf.Tensor], tf.Tensor> {
  norm: LayerNorm;
  proj: Linear;

  constructor(features: number, tokens: number) {
    super();
    this.norm = new LayerNorm(features / 2);
    this.proj = new Linear(tokens, tokens);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const [value, gate] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
    return tf.mul(value, acrossTokens(this.proj, this.norm.call(gate)));
  }
}

class GatedMlp extends Module<[x: tf.Tensor], tf.Tensor> {
  fc1: Linear;
  gate: SpatialGatingUnit;
  fc2: Linear;

  constructor(features: number, hidden: number, tokens: number) {
    super();
    this.fc1 = new Linear(features, hidden);
    this.gate = new SpatialGatingUnit(hidden, tokens);
    this.fc2 = new Linear(hidden / 2, features);
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.fc2.call(this.gate.call(activate(this.fc1.call(x), 'gelu')));
  }
}

class SpatialGatingBlock extends Module<[x: tf.Tensor], tf.Tensor> {
  norm: LayerNorm;
  mlp_channels: GatedMlp;
  drop_path: DropPath | null;

  constructor({ features, tokens, dropPathRate }: BlockOptions) {
    super();
    this.norm = new LayerNorm(features, { epsilon: EPSILON });
    this.mlp_channels = new GatedMlp(features, 6 * features, tokens);
    this.drop_path = makeDropPath(dropPathRate);
  }

  forward(x: tf.Tensor): tf.Tensor {
    return dropAdd(this.drop_path, this.mlp_channels.call(this.norm.call(x)), x);
  }
}

function makeDropPath(rate: number): DropPath | null {
  return rate > 0 ? new DropPath(rate) : null;
}

function dropAdd(drop: DropPath | null, branch: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.add(x, drop === null ? branch : drop.call(branch));
}

function makeBlock(kind: MixerSettings['block'], options: BlockOptions): Module<[x: tf.Tensor], tf.Tensor> {
  if (kind === 'residual') return new ResidualBlock(options);
  if (kind === 'spatialGate') return new SpatialGatingBlock(options);
  return new MixerBlock(options, kind === 'gluMixer');
}

class MlpMixer extends ImageModel {
  numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^stem\./, blocks: /^blocks\.(\d+)\./, last: /^norm\./ };
  readonly classifierPath = 'head';
  readonly firstConvPath = 'stem.proj';
  readonly features: number;
  stem: PatchEmbed;
  blocks: Sequential;
  norm: LayerNorm | Affine;
  global_pool: SelectAdaptivePool2d;
  head_drop: Dropout;
  head: Classifier;

  constructor(settings: MixerSettings, options: ModelOptions) {
    super();
    const { block, patchSize, depth, features, layerScale = 1 } = settings;
    const { inChannels, imageSize = [224, 224], dropPathRate } = options;
    this.features = features;
    this.stem = new PatchEmbed({ patchSize, inChannels, features, imageSize });
    const [rows, columns] = this.stem.grid;
    // As in timm, all blocks have the same stochastic depth.
    this.blocks = new Sequential(
      Array.from({ length: depth }, () =>
        makeBlock(block, { features, tokens: rows * columns, dropPathRate, layerScale }),
      ),
    );
    this.norm = block === 'residual' ? new Affine(features) : new LayerNorm(features, { epsilon: EPSILON });
    const { pool, features: pooled } = makePool(options.globalPool ?? 'avg', features);
    this.global_pool = pool;
    this.numFeatures = pooled;
    this.head_drop = new Dropout(options.dropRate);
    this.head = makeClassifier(pooled, classesOf(options));
    this.featureInfo = Array.from({ length: depth }, (_, i) => ({
      channels: features,
      reduction: patchSize,
      module: `blocks.${i}`,
    }));
    this.initialize();
  }

  /** `[B,H,W,C] -> [B,N,K]` tokens. */
  forwardFeatures(x: tf.Tensor4D): tf.Tensor {
    return this.norm.call(this.blocks.call(asTokens(this.stem.call(x))));
  }

  forwardHead(features: tf.Tensor, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    const y = this.head_drop.call(this.global_pool.call(asMap(features)));
    return preLogits ? y : this.head.call(y);
  }

  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const { pool, features } = makePool(globalPool, this.features);
    this.global_pool.dispose();
    this.global_pool = pool;
    this.numFeatures = features;
    this.head.dispose();
    this.head = makeClassifier(features, classes);
  }

  override featureMap(tokens: tf.Tensor): tf.Tensor4D {
    const [batch = 1, , channels = 1] = tokens.shape;
    return tf.reshape(tokens, [batch, ...this.stem.grid, channels]);
  }

  /** timm's initial weights. Those of the classifier are zero. */
  private initialize(): void {
    for (const [path, module] of this.namedModules() as Iterable<[string, unknown]>) {
      if (module instanceof Conv2d) {
        const std = Math.sqrt(1 / (module.inChannels * module.kernelSize[0] * module.kernelSize[1]));
        setWeights(module, init.truncatedNormal(std / TRUNCATED_STD, 0, -2, 2), init.zeros);
      } else if (module instanceof Linear) {
        if (path.startsWith('head')) setWeights(module, init.zeros, init.zeros);
        else if (path.endsWith('.gate.proj')) setWeights(module, init.normal(0, 1e-6), init.ones);
        else {
          const bias = path.includes('mlp') ? init.normal(0, 1e-6) : init.zeros;
          setWeights(module, init.xavierUniform(), bias);
        }
      }
    }
  }
}

/** Standard deviation of a normal distribution cut off at two of them. */
const TRUNCATED_STD = 0.87962566103423978;

function setWeights(layer: Conv2d | Linear, weight: Initializer, bias: Initializer): void {
  const { shape, layout, groups } = layer.weight;
  layer.weight = new Parameter(shape, weight, { layout, groups });
  layer.bias = new Parameter(layer.bias!.shape, bias);
}

function mixer(patchSize: number, depth: number, features: number): MixerSettings {
  return { block: 'mixer', patchSize, depth, features };
}

function gated(block: 'gluMixer' | 'spatialGate', depth: number, features: number): MixerSettings {
  return { block, patchSize: 16, depth, features };
}

function residual(depth: number, layerScale: number, large = false): MixerSettings {
  const [patchSize, features] = large ? [8, 768] : [16, 384];
  return { block: 'residual', patchSize, depth, features, layerScale };
}

export const mlpMixer: AnyFamily = defineFamily<MixerSettings>({
  name: 'mlp-mixer',
  build: (settings, options) => new MlpMixer(settings, options),
  explanation: { method: 'grad-cam', layer: 'norm' },
  inputRule: ({ patchSize }) => ({ fixed: true, multipleOf: patchSize, minimum: patchSize }),
  variants: {
    mixer_s32_224: mixer(32, 8, 512),
    mixer_s16_224: mixer(16, 8, 512),
    mixer_b32_224: mixer(32, 12, 768),
    mixer_b16_224: mixer(16, 12, 768),
    mixer_l32_224: mixer(32, 24, 1024),
    mixer_l16_224: mixer(16, 24, 1024),
    gmixer_12_224: gated('gluMixer', 12, 384),
    gmixer_24_224: gated('gluMixer', 24, 384),
    resmlp_12_224: residual(12, 1e-4),
    resmlp_24_224: residual(24, 1e-5),
    resmlp_36_224: residual(36, 1e-6),
    resmlp_big_24_224: residual(24, 1e-6, true),
    gmlp_ti16_224: gated('spatialGate', 30, 128),
    gmlp_s16_224: gated('spatialGate', 30, 256),
    gmlp_b16_224: gated('spatialGate', 30, 512),
  },
});
