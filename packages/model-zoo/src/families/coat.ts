// CoaT-Lite: Xu et al. 2021 (arXiv 2104.06399). Structure and names as in timm.
import { matMul } from '@podium/engine';
import {
  Conv2d,
  Dropout,
  DropPath,
  type GlobalPool,
  init,
  LayerNorm,
  Linear,
  Mlp,
  Module,
  ModuleList,
  Parameter,
  Sequential,
  type StateDict,
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
import { PatchEmbed } from './shared/patch-embed.ts';
import { type Pooling, tokenAt } from './shared/token-model.ts';
import { poolingOf } from './shared/vision-transformer.ts';

type Four = readonly [number, number, number, number];
type Size = readonly [height: number, width: number];

interface CoatSettings {
  readonly dims: Four;
  readonly depths: Four;
  /** Hidden features of the MLPs per token feature. */
  readonly expansions: Four;
  /** Height and width of its images. Default 224. */
  readonly imageSize?: number;
}

const HEADS = 8;
const EPSILON = 1e-6;
/** Heads by the size of their convolution. */
const WINDOWS = [
  [3, 2],
  [5, 3],
  [7, 3],
] as const;

/** A class token and those of a map, `[B,1+H W,C]`. */
interface Tokens {
  readonly token: tf.Tensor3D;
  readonly map: tf.Tensor4D;
}

function apart(x: tf.Tensor, [height, width]: Size): Tokens {
  const [batch = 1, count = 1, channels = 1] = x.shape;
  const patches = tf.slice(x, [0, 1, 0], [batch, count - 1, channels]);
  return {
    token: tf.slice(x, [0, 0, 0], [batch, 1, channels]) as tf.Tensor3D,
    map: tf.reshape(patches, [batch, height, width, channels]),
  };
}

function together(token: tf.Tensor, map: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width, channels] = map.shape;
  return tf.concat([token, tf.reshape(map, [batch, height * width, channels])], 1) as tf.Tensor3D;
}

/** Adds a depthwise convolution of the map to it: tells positions apart. */
class ConvPositions extends Module<[x: tf.Tensor3D, size: Size], tf.Tensor3D> {
  proj: Conv2d;

  constructor(channels: number) {
    super();
    this.proj = new Conv2d(channels, channels, 3, { padding: 1, groups: channels });
  }

  forward(x: tf.Tensor3D, size: Size): tf.Tensor3D {
    const { token, map } = apart(x, size);
    return together(token, tf.add(this.proj.call(map), map) as tf.Tensor4D);
  }
}

/** Depthwise convolutions of the values, of another size for some heads each, times the queries. */
class ConvRelativePositions extends Module<[q: tf.Tensor3D, v: tf.Tensor3D, size: Size], tf.Tensor3D> {
  readonly splits: readonly number[];
  conv_list: ModuleList<Conv2d>;

  constructor(channels: number) {
    super();
    this.splits = WINDOWS.map(([, heads]) => (heads * channels) / HEADS);
    this.conv_list = new ModuleList(
      WINDOWS.map(
        ([kernel], i) =>
          new Conv2d(this.splits[i]!, this.splits[i]!, kernel, {
            padding: (kernel - 1) / 2,
            groups: this.splits[i]!,
          }),
      ),
    );
  }

  forward(q: tf.Tensor3D, v: tf.Tensor3D, size: Size): tf.Tensor3D {
    const values = tf.split(apart(v, size).map, [...this.splits], 3);
    const mixed = tf.concat(
      this.conv_list.items.map((conv, i) => conv.call(values[i] as tf.Tensor4D)),
      3,
    );
    const { token, map } = apart(q, size);
    return together(tf.zerosLike(token), tf.mul(map, mixed) as tf.Tensor4D);
  }
}

type AttentionInputs = [x: tf.Tensor3D, size: Size, positions: ConvRelativePositions];

/** `q (softmax(k)^T v)`, with the softmax over tokens, so it never forms a matrix of tokens by tokens. */
class FactorAttention extends Module<AttentionInputs, tf.Tensor3D> {
  qkv: Linear;
  proj: Linear;

  constructor(channels: number) {
    super();
    this.qkv = new Linear(channels, 3 * channels);
    this.proj = new Linear(channels, channels);
  }

  forward(x: tf.Tensor3D, size: Size, positions: ConvRelativePositions): tf.Tensor3D {
    const channels = x.shape[2];
    const [q, k, v] = tf.split(this.qkv.call(x), 3, 2) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
    const exponentials = tf.exp(tf.sub(k, tf.max(k, 1, true)));
    const weights = tf.div(exponentials, tf.sum(exponentials, 1, true));
    // Heads are the blocks on the diagonal: cheaper than transposing the tokens by heads.
    const context = tf.mul(matMul(weights, v, { transposeA: true }), headBlocks(channels));
    const mixed = tf.add(matMul(q, context), positions.call(q, v, size));
    return this.proj.call(mixed) as tf.Tensor3D;
  }
}

/** `[C,C]`: the scale of the scores where two features belong to the same head, else 0. */
function headBlocks(channels: number): tf.Tensor2D {
  const perHead = channels / HEADS;
  const values = new Float32Array(channels * channels);
  for (let row = 0; row < channels; row++) {
    const start = row * channels + Math.floor(row / perHead) * perHead;
    values.fill(perHead ** -0.5, start, start + perHead);
  }
  return tf.tensor2d(values, [channels, channels]);
}

type BlockInputs = [x: tf.Tensor3D, size: Size, cpe: ConvPositions, crpe: ConvRelativePositions];

/** Positions, attention and an MLP. What tells positions apart is shared by the blocks of a stage. */
class SerialBlock extends Module<BlockInputs, tf.Tensor3D> {
  norm1: LayerNorm;
  factoratt_crpe: FactorAttention;
  drop_path: DropPath | null;
  norm2: LayerNorm;
  mlp: Mlp;

  constructor(channels: number, expansion: number, dropPathRate: number) {
    super();
    this.norm1 = new LayerNorm(channels, { epsilon: EPSILON });
    this.factoratt_crpe = new FactorAttention(channels);
    this.drop_path = dropPathRate > 0 ? new DropPath(dropPathRate) : null;
    this.norm2 = new LayerNorm(channels, { epsilon: EPSILON });
    this.mlp = new Mlp(channels, { hidden: expansion * channels });
  }

  forward(x: tf.Tensor3D, size: Size, cpe: ConvPositions, crpe: ConvRelativePositions): tf.Tensor3D {
    const placed = cpe.call(x, size);
    let branch: tf.Tensor = this.norm1.call(placed);
    branch = this.factoratt_crpe.call(branch as tf.Tensor3D, size, crpe);
    if (this.drop_path !== null) branch = this.drop_path.call(branch);
    const y = tf.add(placed, branch);
    branch = this.mlp.call(this.norm2.call(y));
    if (this.drop_path !== null) branch = this.drop_path.call(branch);
    return tf.add(y, branch) as tf.Tensor3D;
  }
}

class CoatLite extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^(cls_token|patch_embed|crpe|cpe)1\b/,
    blocks: /^(?:serial_blocks|cls_token|patch_embed|crpe|cpe)([1-4])(?:\.(\d+)\.)?/,
    last: /^norm4\./,
  };
  readonly classifierPath = 'head';
  readonly firstConvPath = 'patch_embed1.proj';
  pooling: Pooling;
  /** Rows and columns of the maps of the last call, by stage. */
  sizes: Size[] = [];
  norm4: LayerNorm;
  head_drop: Dropout;
  head: Classifier;

  constructor(settings: CoatSettings, options: ModelOptions) {
    super();
    const { dims, depths, expansions } = settings;
    this.pooling = poolingOf(options.globalPool, 'token');
    this.numFeatures = dims[3];
    const parts = this as unknown as Record<string, Module | Parameter>;
    for (const [i, channels] of dims.entries()) {
      parts[`patch_embed${i + 1}`] = new PatchEmbed({
        patchSize: i === 0 ? 4 : 2,
        inChannels: dims[i - 1] ?? options.inChannels,
        features: channels,
        imageSize: [0, 0],
        normEpsilon: 1e-5,
        anySize: true,
      }) as unknown as Module;
      parts[`cls_token${i + 1}`] = new Parameter([1, 1, channels], init.truncatedNormal(0.02));
      parts[`cpe${i + 1}`] = new ConvPositions(channels) as unknown as Module;
      parts[`crpe${i + 1}`] = new ConvRelativePositions(channels) as unknown as Module;
      parts[`serial_blocks${i + 1}`] = new Sequential(
        Array.from(
          { length: depths[i]! },
          () => new SerialBlock(channels, expansions[i]!, options.dropPathRate) as unknown as Module,
        ),
      ) as unknown as Module;
    }
    this.norm4 = new LayerNorm(dims[3], { epsilon: EPSILON });
    this.head_drop = new Dropout(options.dropRate);
    this.head = makeClassifier(dims[3], classesOf(options));
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `serial_blocks${i + 1}.${depths[i]! - 1}`,
    }));
    initWeights(this, (layer) => (layer instanceof Linear ? init.truncatedNormal(0.02) : undefined));
  }

  /** `[B,H,W,C] -> [B,1+h w,C]` tokens of the last stage. */
  forwardFeatures(x: tf.Tensor4D): tf.Tensor3D {
    const parts = this as unknown as Record<string, unknown>;
    let map = x;
    let tokens: tf.Tensor3D | undefined;
    this.sizes = [];
    for (let stage = 1; stage <= 4; stage++) {
      map = (parts[`patch_embed${stage}`] as PatchEmbed).call(map);
      const size: Size = [map.shape[1], map.shape[2]];
      this.sizes.push(size);
      const token = (parts[`cls_token${stage}`] as Parameter).data;
      tokens = together(tf.tile(token, [map.shape[0], 1, 1]), map);
      const [cpe, crpe] = [parts[`cpe${stage}`], parts[`crpe${stage}`]];
      for (const block of (parts[`serial_blocks${stage}`] as Sequential).items) {
        tokens = (block as unknown as SerialBlock).call(
          tokens,
          size,
          cpe as ConvPositions,
          crpe as ConvRelativePositions,
        );
      }
      map = apart(tokens, size).map;
    }
    return this.norm4.call(tokens!) as tf.Tensor3D;
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

  override featureMap(tokens: tf.Tensor): tf.Tensor4D {
    const size = this.sizes.find(([height, width]) => height * width === tokens.shape[1]! - 1)!;
    return apart(tokens, size).map;
  }

  protected pool(tokens: tf.Tensor): tf.Tensor {
    if (this.pooling === '') return tokens;
    if (this.pooling === 'token') return tokenAt(tokens, 0);
    const [batch = 1, count = 1, channels = 1] = tokens.shape;
    const patches = tf.slice(tokens, [0, 1, 0], [batch, count - 1, channels]);
    if (this.pooling === 'avg') return tf.mean(patches, 1);
    if (this.pooling === 'max') return tf.max(patches, 1);
    return tf.mul(tf.add(tf.mean(patches, 1), tf.max(patches, 1)), 0.5);
  }
}

/** PyTorch names what the blocks of a stage share once per block, too. */
function sharedName(key: string): string {
  return key.replace(/^serial_blocks(\d)\.\d+\.(?:factoratt_crpe\.)?(c(?:r)?pe)\./, '$2$1.');
}

function adaptState(state: StateDict): StateDict {
  return new Map(Array.from(state, ([key, tensor]) => [sharedName(key), tensor]));
}

const even = [2, 2, 2, 2] as const;
const medium = { dims: [128, 256, 320, 512], depths: [3, 6, 10, 8], expansions: [4, 4, 4, 4] } as const;
const expansions = [8, 8, 4, 4] as const;

export const coat: AnyFamily = defineFamily<CoatSettings>({
  name: 'coat',
  build: (settings, options) => new CoatLite(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: () => ({ multipleOf: 32, minimum: 32 }),
  // The class token alone is classified, so the map has to be before the last block.
  explanation: { method: 'grad-cam', layer: 'serial_blocks4.0' },
  sharedName,
  adaptState,
  variants: {
    coat_lite_tiny: { dims: [64, 128, 256, 320], depths: even, expansions },
    coat_lite_mini: { dims: [64, 128, 320, 512], depths: even, expansions },
    coat_lite_small: { dims: [64, 128, 320, 512], depths: [3, 4, 6, 3], expansions },
    coat_lite_medium: medium,
    coat_lite_medium_384: { ...medium, imageSize: 384 },
  },
});
