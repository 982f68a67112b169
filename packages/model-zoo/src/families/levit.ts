// LeViT: Graham et al. 2021 (arXiv 2104.01136). Structure and names as in timm. The variants with "conv" in their names are the
// same networks with 1x1 convolutions instead of linear layers.
import { activate } from '@podium/engine';
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  DropPath,
  type GlobalPool,
  Identity,
  init,
  isolateRandom,
  Linear,
  Module,
  Parameter,
  type Reparameterizable,
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
import { initWeights } from '../init-weights.ts';
import { asMap, asTokens } from './shared/as-map.ts';
import { assertImageSize } from './shared/assert-image-size.ts';
import {
  DistanceAttention,
  everyOther,
  type GridSize,
  resizeDistanceBiases,
  splitHeads,
} from './shared/distance-attention.ts';
import { stageGroups } from './shared/stage-groups.ts';

type Three = readonly [number, number, number];
type Act = 'hardSwish' | 'silu';

interface LevitSettings {
  readonly dims: Three;
  readonly depths: Three;
  readonly heads: Three;
  /** Features of a query. Values have twice as many, and four times where the map is halved. */
  readonly keyFeatures: number;
  /** Default `hardSwish`. */
  readonly activation?: Act;
  /** Image pixels per position of the first map. Default 16. */
  readonly stemStride?: 8 | 16;
  /** A second classifier, which learned from a teacher. Default true. */
  readonly distilled?: boolean;
  /** 1x1 convolutions instead of linear layers: weights of another shape, the same results. */
  readonly conv?: boolean;
}

interface Style {
  readonly activation: Act;
  readonly conv: boolean;
  readonly dropPathRate: number;
}

interface NormOptions {
  readonly activation?: Act;
  /** The norm's initial weights are 0 instead of 1, so that the branch adds nothing at first. */
  readonly startsAtZero?: boolean;
}

const EXPANSION = 2;
const VALUES_PER_KEY = 2;
const VALUES_PER_KEY_DOWN = 4;

function makeNorm(
  features: number,
  { activation = undefined, startsAtZero = false }: NormOptions,
): BatchNorm2d {
  const norm = new BatchNorm2d(features, { activation: activation ?? 'linear' });
  if (startsAtZero) norm.weight = new Parameter([features], init.zeros);
  return norm;
}

/** Convolution, batch norm, shortcut and activation, `[B,H,W,C] -> [B,H',W',K]`. */
class ConvNorm extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  linear: Conv2d;
  bn: BatchNorm2d;

  constructor(linear: Conv2d, bn: BatchNorm2d) {
    super();
    this.linear = linear;
    this.bn = bn;
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    return this.bn.call(this.linear.call(x), residual);
  }
}

/** The same with a linear layer; a convolution in the inference form, which adds norm, shortcut and activation itself. */
class LinearNorm extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> implements Reparameterizable {
  linear: Linear;
  bn: BatchNorm2d;

  constructor(linear: Linear, bn: BatchNorm2d) {
    super();
    this.linear = linear;
    this.bn = bn;
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    return this.bn.call(this.linear.call(x) as tf.Tensor4D, residual);
  }

  reparameterize(): ConvNorm {
    const { inFeatures, outFeatures, weight } = this.linear;
    const conv = isolateRandom(() => new Conv2d(inFeatures, outFeatures, 1, { bias: false }));
    tf.tidy(() => {
      conv.weight.data = tf.reshape(tf.transpose(weight.data), [1, 1, inFeatures, outFeatures]);
    });
    return new ConvNorm(conv, this.bn.clone());
  }
}

function makeLayer(
  from: number,
  to: number,
  conv: boolean,
  options: NormOptions = {},
): ConvNorm | LinearNorm {
  const norm = makeNorm(to, options);
  return conv
    ? new ConvNorm(new Conv2d(from, to, 1, { bias: false }), norm)
    : new LinearNorm(new Linear(from, to, { bias: false }), norm);
}

/** Activation and layer. */
class ActivatedLayer extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  readonly activation: Act;
  ln: ConvNorm | LinearNorm;

  constructor(activation: Act, ln: ConvNorm | LinearNorm) {
    super();
    this.activation = activation;
    this.ln = ln;
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    return this.ln.call(activate(x, this.activation), residual);
  }
}

/** `drop(layer(...)) + x`, in one pass where nothing is dropped. */
function dropAdd(
  layer: Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]>,
  y: tf.Tensor4D,
  x: tf.Tensor4D,
  drop: DropPath | null,
): tf.Tensor4D {
  if (drop === null || !drop.training) return layer.call(y, x);
  return tf.add(drop.call(layer.call(y)), x) as tf.Tensor4D;
}

class Attention extends DistanceAttention<[x: tf.Tensor4D, drop: DropPath | null], tf.Tensor4D> {
  readonly keyFeatures: number;
  qkv: ConvNorm | LinearNorm;
  proj: ActivatedLayer;

  constructor(features: number, keyFeatures: number, heads: number, grid: GridSize, style: Style) {
    super(heads, grid);
    this.keyFeatures = keyFeatures;
    const values = VALUES_PER_KEY * keyFeatures * heads;
    this.qkv = makeLayer(features, values + 2 * keyFeatures * heads, style.conv);
    const last = makeLayer(values, features, style.conv, { startsAtZero: true });
    this.proj = new ActivatedLayer(style.activation, last);
  }

  /** With the shortcut. */
  forward(x: tf.Tensor4D, drop: DropPath | null): tf.Tensor4D {
    const [batch, height, width] = x.shape;
    const { keyFeatures } = this;
    const sizes = [keyFeatures, keyFeatures, VALUES_PER_KEY * keyFeatures];
    const [q, k, v] = tf.split(splitHeads(this.qkv.call(x), this.heads), sizes, 3) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const mixed = tf.reshape(this.attend(q, k, v), [batch, height, width, -1]) as tf.Tensor4D;
    return dropAdd(this.proj, mixed, x, drop);
  }
}

/** Every other row and column, then a layer. */
class Subsampled extends Module {
  ln: ConvNorm | LinearNorm;

  constructor(ln: ConvNorm | LinearNorm) {
    super();
    this.ln = ln;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.ln.call(everyOther(x));
  }
}

/** Attention whose queries are every other position, which halves the map. */
class AttentionDownsample extends DistanceAttention<[x: tf.Tensor4D], tf.Tensor4D> {
  readonly keyFeatures: number;
  kv: ConvNorm | LinearNorm;
  q: Subsampled;
  proj: ActivatedLayer;

  constructor(from: number, to: number, keyFeatures: number, grid: GridSize, style: Style) {
    const heads = Math.floor(from / keyFeatures);
    super(heads, grid, 2);
    this.keyFeatures = keyFeatures;
    const values = VALUES_PER_KEY_DOWN * keyFeatures * heads;
    this.kv = makeLayer(from, values + keyFeatures * heads, style.conv);
    this.q = new Subsampled(makeLayer(from, keyFeatures * heads, style.conv));
    this.proj = new ActivatedLayer(style.activation, makeLayer(values, to, style.conv));
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const { heads, keyFeatures } = this;
    const sizes = [keyFeatures, VALUES_PER_KEY_DOWN * keyFeatures];
    const [k, v] = tf.split(splitHeads(this.kv.call(x), heads), sizes, 3) as [tf.Tensor, tf.Tensor];
    const q = this.q.call(x);
    const [batch, height, width] = q.shape;
    const mixed = this.attend(splitHeads(q, heads), k, v);
    return this.proj.call(tf.reshape(mixed, [batch, height, width, -1]) as tf.Tensor4D);
  }
}

class LevitMlp extends Module<[x: tf.Tensor4D, drop: DropPath | null], tf.Tensor4D> {
  ln1: ConvNorm | LinearNorm;
  ln2: ConvNorm | LinearNorm;

  constructor(features: number, { activation, conv }: Style) {
    super();
    this.ln1 = makeLayer(features, EXPANSION * features, conv, { activation });
    this.ln2 = makeLayer(EXPANSION * features, features, conv, { startsAtZero: true });
  }

  /** With the shortcut. */
  forward(x: tf.Tensor4D, drop: DropPath | null): tf.Tensor4D {
    return dropAdd(this.ln2, this.ln1.call(x), x, drop);
  }
}

class LevitDownsample extends Module {
  attn_downsample: AttentionDownsample;
  mlp: LevitMlp;
  drop_path: DropPath | null;

  constructor(from: number, to: number, keyFeatures: number, grid: GridSize, style: Style) {
    super();
    this.attn_downsample = new AttentionDownsample(from, to, keyFeatures, grid, style);
    this.mlp = new LevitMlp(to, style);
    this.drop_path = makeDropPath(style);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.mlp.call(this.attn_downsample.call(x), this.drop_path);
  }
}

class LevitBlock extends Module {
  attn: Attention;
  drop_path1: DropPath | null;
  mlp: LevitMlp;
  drop_path2: DropPath | null;

  constructor(features: number, keyFeatures: number, heads: number, grid: GridSize, style: Style) {
    super();
    this.attn = new Attention(features, keyFeatures, heads, grid, style);
    this.drop_path1 = makeDropPath(style);
    this.mlp = new LevitMlp(features, style);
    this.drop_path2 = makeDropPath(style);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.mlp.call(this.attn.call(x, this.drop_path1), this.drop_path2);
  }
}

function makeDropPath({ dropPathRate }: Style): DropPath | null {
  return dropPathRate > 0 ? new DropPath(dropPathRate) : null;
}

class LevitStage extends Module {
  downsample: LevitDownsample | null;
  blocks: Sequential;

  constructor(downsample: LevitDownsample | null, blocks: readonly LevitBlock[]) {
    super();
    this.downsample = downsample;
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.blocks.call(this.downsample === null ? x : this.downsample.call(x)) as tf.Tensor4D;
  }
}

/** Batch norm, dropout and linear layer, `[...,C] -> [...,K]`; without classes none of them. */
class NormLinear extends Module<[x: tf.Tensor], tf.Tensor> {
  bn: BatchNorm2d | Identity;
  drop: Dropout;
  linear: Classifier;

  constructor(features: number, classes: Classes, dropRate: number) {
    super();
    this.bn = classes === 0 ? new Identity() : new BatchNorm2d(features);
    this.drop = new Dropout(dropRate);
    this.linear = makeClassifier(features, classes);
    initWeights(this.linear, () => init.truncatedNormal(0.02));
  }

  forward(x: tf.Tensor): tf.Tensor {
    const channels = x.shape.at(-1)!;
    const map = tf.reshape(x, [x.size / channels, 1, 1, channels]) as tf.Tensor4D;
    const y = this.bn instanceof BatchNorm2d ? this.bn.call(map) : map;
    return this.linear.call(this.drop.call(tf.reshape(y, x.shape)));
  }
}

class Levit extends ImageModel {
  numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = stageGroups;
  readonly classifierPath = 'head.linear';
  override readonly classifierPaths: readonly string[];
  readonly firstConvPath = 'stem.conv1.linear';
  readonly imageSize: readonly [height: number, width: number];
  readonly channels: number;
  readonly dropRate: number;
  /** Whether features are a map instead of tokens. */
  readonly conv: boolean;
  stem: Sequential;
  stages: Sequential;
  global_pool: SelectAdaptivePool2d;
  head: NormLinear;
  head_dist: NormLinear | null;

  constructor(settings: LevitSettings, options: ModelOptions) {
    super();
    const { dims, depths, heads, keyFeatures, stemStride = 16, distilled = true } = settings;
    const { activation = 'hardSwish', conv = false } = settings;
    const style = { activation, conv, dropPathRate: options.dropPathRate };
    this.imageSize = options.imageSize ?? [224, 224];
    this.channels = dims[2];
    this.dropRate = options.dropRate;
    this.conv = conv;
    this.stem = makeStem(options.inChannels, dims[0], stemStride, activation);
    let grid = this.imageSize.map((size) => Math.ceil(size / stemStride)) as unknown as GridSize;
    this.stages = new Sequential(
      dims.map((width, i) => {
        const downsample =
          i === 0 ? null : new LevitDownsample(dims[i - 1]!, width, keyFeatures, grid, style);
        if (i > 0) grid = grid.map((size) => Math.ceil(size / 2)) as unknown as GridSize;
        const blocks = Array.from(
          { length: depths[i]! },
          () => new LevitBlock(width, keyFeatures, heads[i]!, grid, style),
        );
        return new LevitStage(downsample, blocks);
      }),
    );
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: stemStride * 2 ** i,
      module: `stages.${i}`,
    }));
    const { pool, features } = makePool(options.globalPool ?? 'avg', dims[2]);
    this.global_pool = pool;
    this.numFeatures = features;
    this.head = new NormLinear(features, classesOf(options), options.dropRate);
    // The second classifier has no dropout, as in timm.
    this.head_dist = distilled ? new NormLinear(features, classesOf(options), 0) : null;
    this.classifierPaths = distilled ? ['head.linear', 'head_dist.linear'] : ['head.linear'];
  }

  /** `[B,H,W,C] -> [B,N,K]` tokens; `[B,h,w,K]` for the variants of convolutions. */
  forwardFeatures(x: tf.Tensor4D): tf.Tensor {
    assertImageSize(x, this.imageSize);
    const map = this.stages.call(this.stem.call(x)) as tf.Tensor4D;
    return this.conv ? map : asTokens(map);
  }

  forwardHead(features: tf.Tensor, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    const y = this.global_pool.call(asMap(features));
    if (preLogits) return y;
    const logits = this.head.call(y);
    return this.head_dist === null ? logits : tf.mul(tf.add(logits, this.head_dist.call(y)), 0.5);
  }

  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const { pool, features } = makePool(globalPool, this.channels);
    this.global_pool.dispose();
    this.global_pool = pool;
    this.numFeatures = features;
    this.head.dispose();
    this.head = new NormLinear(features, classes, this.dropRate);
    if (this.head_dist === null) return;
    this.head_dist.dispose();
    this.head_dist = new NormLinear(features, classes, 0);
  }

  override makeClassifierLinear(): void {
    this.head.bn.dispose();
    this.head.bn = new Identity();
    this.head_dist?.dispose();
    this.head_dist = null;
  }
}

/** Convolutions with stride 2, each with twice the channels of the one before. */
function makeStem(inChannels: number, width: number, stride: 8 | 16, activation: Act): Sequential {
  const count = Math.log2(stride);
  const layers: Record<string, ConvNorm> = {};
  let from = inChannels;
  for (let i = 1; i <= count; i++) {
    const to = Math.floor(width / 2 ** (count - i));
    const conv = new Conv2d(from, to, 3, { stride: 2, padding: 1, bias: false });
    layers[`conv${i}`] = new ConvNorm(conv, makeNorm(to, i < count ? { activation } : {}));
    from = to;
  }
  return new Sequential(layers);
}

const four: Three = [4, 4, 4];
const deep: Three = [4, 8, 6];
const activation = 'silu';
const distilled = false;

const variants: Readonly<Record<string, LevitSettings>> = {
  levit_128s: { dims: [128, 256, 384], depths: [2, 3, 4], heads: [4, 6, 8], keyFeatures: 16 },
  levit_128: { dims: [128, 256, 384], depths: four, heads: [4, 8, 12], keyFeatures: 16 },
  levit_192: { dims: [192, 288, 384], depths: four, heads: [3, 5, 6], keyFeatures: 32 },
  levit_256: { dims: [256, 384, 512], depths: four, heads: [4, 6, 8], keyFeatures: 32 },
  levit_384: { dims: [384, 512, 768], depths: four, heads: [6, 9, 12], keyFeatures: 32 },
  levit_384_s8: {
    dims: [384, 512, 768],
    depths: four,
    heads: [6, 9, 12],
    keyFeatures: 32,
    activation,
    stemStride: 8,
  },
  levit_512_s8: {
    dims: [512, 640, 896],
    depths: four,
    heads: [8, 10, 14],
    keyFeatures: 64,
    activation,
    stemStride: 8,
    distilled,
  },
  levit_512: {
    dims: [512, 768, 1024],
    depths: four,
    heads: [8, 12, 16],
    keyFeatures: 64,
    activation,
    distilled,
  },
  levit_256d: {
    dims: [256, 384, 512],
    depths: deep,
    heads: [4, 6, 8],
    keyFeatures: 32,
    activation,
    distilled,
  },
  levit_512d: {
    dims: [512, 640, 768],
    depths: deep,
    heads: [8, 10, 12],
    keyFeatures: 64,
    activation,
    distilled,
  },
};

export const levit: AnyFamily = defineFamily<LevitSettings>({
  name: 'levit',
  build: (settings, options) => new Levit(settings, options),
  explanation: { method: 'grad-cam', layer: 'stages.2' },
  inputRule: () => ({ fixed: true }),
  adaptState: resizeDistanceBiases,
  variants: {
    ...variants,
    ...Object.fromEntries(
      Object.entries(variants).map(([name, settings]) => [
        name.replace('levit_', 'levit_conv_'),
        { ...settings, conv: true },
      ]),
    ),
  },
});
