// XCiT: El-Nouby et al. 2021 (arXiv 2106.09681), with the class attention of CaiT (Touvron et al. 2021, 2103.17239). Structure
// and names as in timm.
import { activate, matMul } from '@podium/engine';
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  DropPath,
  float32Of,
  type GlobalPool,
  Identity,
  init,
  LayerNorm,
  Linear,
  Mlp,
  Module,
  Parameter,
  SelectAdaptivePool2d,
  Sequential,
  type StateDict,
  type StateTensor,
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
} from '../image-model.ts';
import { initWeights } from '../init-weights.ts';
import { asMap, asTokens } from './shared/as-map.ts';
import { channelAffine } from './shared/channel-affine.ts';
import { CrossCovarianceAttention } from './shared/cross-covariance-attention.ts';
import { splitHeads } from './shared/distance-attention.ts';
import { FourierPositions } from './shared/fourier-positions.ts';
import { ScaledMlp } from './shared/scaled-mlp.ts';
import { type Pooling, tokenAt } from './shared/token-model.ts';
import { poolingOf } from './shared/vision-transformer.ts';

interface XcitSettings {
  readonly patchSize: 8 | 16;
  readonly features: number;
  readonly depth: number;
  readonly heads: number;
  /** Initial value of the factors at the end of each branch. */
  readonly layerScale: number;
  /** Whether class attention normalizes all tokens before the MLP, not just the class token. */
  readonly tokensNorm: boolean;
  /** Height and width of its images. Default 224. */
  readonly imageSize?: number;
}

const EXPANSION = 4;
const epsilon = 1e-6;
const CLASS_BLOCKS = 2;

/** Convolutions with stride 2, each with twice the channels of the one before, `[B,H,W,C] -> [B,H/p,W/p,K]`. */
class ConvPatchEmbed extends Module {
  proj: Sequential;

  constructor(inChannels: number, { patchSize, features }: XcitSettings) {
    super();
    const count = Math.log2(patchSize);
    const layers: Module[] = [];
    let from = inChannels;
    for (let i = 1; i <= count; i++) {
      const to = features / 2 ** (count - i);
      const isLast = i === count;
      layers.push(
        new Sequential([
          new Conv2d(from, to, 3, { stride: 2, padding: 1, bias: false }),
          new BatchNorm2d(to, { activation: isLast ? 'linear' : 'gelu' }),
        ]) as unknown as Module,
      );
      // The activation is in the norm, but has a place of its own in timm.
      if (!isLast) layers.push(new Identity() as unknown as Module);
      from = to;
    }
    this.proj = new Sequential(layers);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.proj.call(x) as tf.Tensor4D;
  }
}

/** Mixes neighbors by two depthwise convolutions. */
class LocalInteraction extends Module {
  conv1: Conv2d;
  bn: BatchNorm2d;
  conv2: Conv2d;

  constructor(channels: number) {
    super();
    this.conv1 = new Conv2d(channels, channels, 3, { padding: 1, groups: channels });
    this.bn = new BatchNorm2d(channels);
    this.conv2 = new Conv2d(channels, channels, 3, { padding: 1, groups: channels });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv2.call(this.bn.call(activate(this.conv1.call(x), 'gelu')));
  }
}

function makeScale({ features, layerScale }: XcitSettings): Parameter {
  return new Parameter([features], init.constant(layerScale));
}

/** Attention between channels, local interaction, and an MLP. */
class XcaBlock extends Module {
  norm1: LayerNorm;
  attn: CrossCovarianceAttention;
  norm3: LayerNorm;
  local_mp: LocalInteraction;
  norm2: LayerNorm;
  mlp: ScaledMlp;
  drop_path: DropPath | null;
  gamma1: Parameter;
  gamma3: Parameter;
  gamma2: Parameter;

  constructor(settings: XcitSettings, dropPathRate: number) {
    super();
    const { features, heads } = settings;
    this.norm1 = new LayerNorm(features, { epsilon });
    this.attn = new CrossCovarianceAttention(features, heads);
    this.norm3 = new LayerNorm(features, { epsilon });
    this.local_mp = new LocalInteraction(features);
    this.norm2 = new LayerNorm(features, { epsilon });
    this.mlp = new ScaledMlp(features, EXPANSION * features);
    this.drop_path = dropPathRate > 0 ? new DropPath(dropPathRate) : null;
    this.gamma1 = makeScale(settings);
    this.gamma3 = makeScale(settings);
    this.gamma2 = makeScale(settings);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const tokens = asTokens(this.norm1.call(x) as tf.Tensor4D);
    const mixed = this.attn.call(tokens, this.gamma1.data as tf.Tensor1D);
    let y = this.dropAdd(tf.reshape(mixed, x.shape), x);
    const local = this.local_mp.call(this.norm3.call(y) as tf.Tensor4D);
    const scale = this.gamma3.data as tf.Tensor1D;
    y =
      this.drop_path === null
        ? channelAffine(local, scale, { residual: y })
        : this.dropAdd(channelAffine(local, scale), y);
    const branch = this.mlp.call(this.norm2.call(y) as tf.Tensor4D, this.gamma2.data as tf.Tensor1D);
    return this.dropAdd(branch, y);
  }

  private dropAdd(branch: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
    return tf.add(x, this.drop_path === null ? branch : this.drop_path.call(branch));
  }
}

/** Attention of the class token to all tokens, `[B,1+N,C] -> [B,1,C]`. */
class ClassAttention extends Module<[x: tf.Tensor], tf.Tensor> {
  readonly heads: number;
  q: Linear;
  k: Linear;
  v: Linear;
  proj: Linear;

  constructor(features: number, heads: number) {
    super();
    this.heads = heads;
    this.q = new Linear(features, features);
    this.k = new Linear(features, features);
    this.v = new Linear(features, features);
    this.proj = new Linear(features, features);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const [batch = 1, , features = 1] = x.shape;
    const parts = [this.q.call(firstToken(x)), this.k.call(x), this.v.call(x)];
    const [q, k, v] = parts.map((part) => splitHeads(part, this.heads)) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const scale = (features / this.heads) ** -0.5;
    const weights = tf.softmax(matMul(tf.mul(q, scale), k, { transposeB: true }));
    return this.proj.call(tf.reshape(matMul(weights, v), [batch, 1, features]));
  }
}

/** `[B,1+N,C] -> [B,1,C]` */
function firstToken(x: tf.Tensor): tf.Tensor {
  const [batch = 1, , channels = 1] = x.shape;
  return tf.slice(x, [0, 0, 0], [batch, 1, channels]);
}

/** `[B,1+N,C] -> [B,N,C]` */
function otherTokens(x: tf.Tensor): tf.Tensor {
  const [batch = 1, count = 1, channels = 1] = x.shape;
  return tf.slice(x, [0, 1, 0], [batch, count - 1, channels]);
}

class ClassAttentionBlock extends Module<[x: tf.Tensor], tf.Tensor> {
  readonly tokensNorm: boolean;
  norm1: LayerNorm;
  attn: ClassAttention;
  norm2: LayerNorm;
  mlp: Mlp;
  gamma1: Parameter;
  gamma2: Parameter;

  constructor(settings: XcitSettings) {
    super();
    const { features, heads } = settings;
    this.tokensNorm = settings.tokensNorm;
    this.norm1 = new LayerNorm(features, { epsilon });
    this.attn = new ClassAttention(features, heads);
    this.norm2 = new LayerNorm(features, { epsilon });
    this.mlp = new Mlp(features, { hidden: EXPANSION * features });
    this.gamma1 = makeScale(settings);
    this.gamma2 = makeScale(settings);
  }

  /** As in the authors' code, the tokens of patches are added to themselves. */
  forward(x: tf.Tensor): tf.Tensor {
    const normal = this.norm1.call(x);
    const attended = tf.concat([this.attn.call(normal), otherTokens(normal)], 1);
    const y = tf.add(x, tf.mul(attended, this.gamma1.data));
    const tokens = this.tokensNorm
      ? this.norm2.call(y)
      : tf.concat([this.norm2.call(firstToken(y)), otherTokens(y)], 1);
    const token = tf.mul(this.mlp.call(firstToken(tokens)), this.gamma2.data);
    return tf.add(tokens, tf.concat([token, otherTokens(tokens)], 1));
  }
}

class Xcit extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^(cls_token|pos_embed|patch_embed)\b/,
    blocks: /^blocks\.(\d+)\./,
    last: /^(cls_attn_blocks|norm)\./,
  };
  readonly classifierPath = 'head';
  readonly firstConvPath = 'patch_embed.proj.0.0';
  pooling: Pooling;
  /** Rows and columns of patches of the last call. */
  grid: readonly [rows: number, columns: number] = [0, 0];
  cls_token: Parameter;
  patch_embed: ConvPatchEmbed;
  pos_embed: FourierPositions;
  blocks: Sequential;
  cls_attn_blocks: Sequential;
  norm: LayerNorm;
  head_drop: Dropout;
  head: Classifier;

  constructor(settings: XcitSettings, options: ModelOptions) {
    super();
    const { features, depth, patchSize } = settings;
    this.pooling = poolingOf(options.globalPool, 'token');
    this.numFeatures = features;
    this.cls_token = new Parameter([1, 1, features], init.truncatedNormal(0.02));
    this.patch_embed = new ConvPatchEmbed(options.inChannels, settings);
    this.pos_embed = new FourierPositions(features);
    // As in timm, all blocks have the same stochastic depth.
    this.blocks = new Sequential(
      Array.from({ length: depth }, () => new XcaBlock(settings, options.dropPathRate)),
    );
    this.cls_attn_blocks = new Sequential(
      Array.from({ length: CLASS_BLOCKS }, () => new ClassAttentionBlock(settings)),
    );
    this.norm = new LayerNorm(features, { epsilon });
    this.head_drop = new Dropout(options.dropRate);
    this.head = makeClassifier(features, classesOf(options));
    this.featureInfo = Array.from({ length: depth }, (_, i) => ({
      channels: features,
      reduction: patchSize,
      module: `blocks.${i}`,
    }));
    for (const part of [this.blocks, this.cls_attn_blocks, this.head])
      initWeightsOfLinear(part as unknown as Module);
  }

  /** `[B,H,W,C] -> [B,1+N,K]` tokens. */
  forwardFeatures(x: tf.Tensor4D): tf.Tensor {
    const patches = this.patch_embed.call(x);
    const [batch, rows, columns] = patches.shape;
    this.grid = [rows, columns];
    const map = this.blocks.call(tf.add(patches, this.pos_embed.call(rows, columns))) as tf.Tensor4D;
    const token = tf.tile(this.cls_token.data, [batch, 1, 1]);
    return this.norm.call(this.cls_attn_blocks.call(tf.concat([token, asTokens(map)], 1)));
  }

  forwardHead(tokens: tf.Tensor, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    const y = this.head_drop.call(this.pool(tokens));
    return preLogits ? y : this.head.call(y);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    if (globalPool !== undefined) this.pooling = poolingOf(globalPool, 'token');
    this.head.dispose();
    this.head = makeClassifier(this.numFeatures, classes);
  }

  override featureMap(output: tf.Tensor): tf.Tensor4D {
    if (output.rank === 4) return output as tf.Tensor4D;
    return tf.reshape(otherTokens(output), [output.shape[0]!, ...this.grid, output.shape[2]!]);
  }

  protected pool(tokens: tf.Tensor): tf.Tensor {
    if (this.pooling === '') return tokens;
    if (this.pooling === 'token' || this.pooling === 'map') return tokenAt(tokens, 0);
    return new SelectAdaptivePool2d(this.pooling).call(asMap(otherTokens(tokens)));
  }
}

/** Convolutions keep PyTorch's initial weights. */
function initWeightsOfLinear(root: Module): void {
  for (const layer of root.modules() as unknown[]) {
    if (layer instanceof Linear) initWeights(layer, () => init.truncatedNormal(0.02));
  }
}

/** The names of the first publication, whose class attention has one layer for queries, keys and values. */
function adaptState(state: StateDict): StateDict {
  const adapted = new Map<string, StateTensor>();
  for (const [key, tensor] of state) {
    const match = /^(cls_attn_blocks\.\d+\.attn\.)qkv\.(weight|bias)$/.exec(key);
    if (match === null) {
      adapted.set(key.replace(/^pos_embeder\./, 'pos_embed.'), tensor);
      continue;
    }
    const values = float32Of(tensor);
    const [rows = 0, ...rest] = tensor.shape;
    for (const [i, part] of ['q', 'k', 'v'].entries()) {
      const data = values.slice((i * values.length) / 3, ((i + 1) * values.length) / 3);
      adapted.set(`${match[1]}${part}.${match[2]}`, { dtype: 'float32', shape: [rows / 3, ...rest], data });
    }
  }
  return adapted;
}

const SIZES = {
  nano_12: { features: 128, depth: 12, heads: 4, layerScale: 1, tokensNorm: false },
  tiny_12: { features: 192, depth: 12, heads: 4, layerScale: 1, tokensNorm: true },
  small_12: { features: 384, depth: 12, heads: 8, layerScale: 1, tokensNorm: true },
  tiny_24: { features: 192, depth: 24, heads: 4, layerScale: 1e-5, tokensNorm: true },
  small_24: { features: 384, depth: 24, heads: 8, layerScale: 1e-5, tokensNorm: true },
  medium_24: { features: 512, depth: 24, heads: 8, layerScale: 1e-5, tokensNorm: true },
  large_24: { features: 768, depth: 24, heads: 16, layerScale: 1e-5, tokensNorm: true },
} as const;

export const xcit: AnyFamily = defineFamily<XcitSettings>({
  name: 'xcit',
  build: (settings, options) => new Xcit(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: ({ patchSize }) => ({ multipleOf: patchSize, minimum: patchSize }),
  // The class token alone is classified, so the map has to be before the last block.
  explanation: { method: 'grad-cam', layer: 'cls_attn_blocks.0' },
  adaptState,
  variants: Object.fromEntries(
    ([16, 8] as const).flatMap((patchSize) =>
      Object.entries(SIZES).flatMap(([name, size]) =>
        [224, 384].map((imageSize) => [
          `xcit_${name}_p${patchSize}_${imageSize}`,
          { ...size, patchSize, imageSize },
        ]),
      ),
    ),
  ),
});
