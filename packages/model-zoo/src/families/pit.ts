// PiT: Heo et al. 2021 (arXiv 2103.16302). Structure and names as in timm.
import { PodiumError } from '@podium/core';
import {
  Conv2d,
  Dropout,
  float32Of,
  type GlobalPool,
  init,
  LayerNorm,
  Linear,
  Module,
  Parameter,
  Sequential,
  type StateDict,
  stateShapes,
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
} from '../image-model.ts';
import { cubicWeights, resampleGrid } from '../resample-grid.ts';
import { asTokens } from './shared/as-map.ts';
import { assertImageSize } from './shared/assert-image-size.ts';
import { classifyTwice } from './shared/classify-twice.ts';
import { tokenAt } from './shared/token-model.ts';
import { VitBlock } from './shared/vision-transformer.ts';

type Three = readonly [number, number, number];
type Size = readonly [height: number, width: number];

interface PitSettings {
  readonly patchSize: number;
  /** Image pixels between patches, which overlap. */
  readonly stride: number;
  readonly headFeatures: number;
  readonly depths: Three;
  readonly heads: Three;
  /** A second class token with its own classifier, which learned from a teacher. */
  readonly distilled?: boolean;
}

const EPSILON = 1e-6;

class ConvEmbedding extends Module {
  conv: Conv2d;

  constructor(from: number, to: number, kernel: number, stride: number) {
    super();
    this.conv = new Conv2d(from, to, kernel, { stride });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv.call(x);
  }
}

/** Halves the map, and changes the width of map and class tokens: `[B,T+H W,C] -> [B,T+H'W',K]`. */
class Pooling extends Module<[x: tf.Tensor3D], tf.Tensor3D> {
  readonly tokens: number;
  readonly grid: Size;
  conv: Conv2d;
  fc: Linear;

  constructor(from: number, to: number, tokens: number, grid: Size) {
    super();
    this.tokens = tokens;
    this.grid = grid;
    this.conv = new Conv2d(from, to, 3, { stride: 2, padding: 1, groups: from });
    this.fc = new Linear(from, to);
  }

  forward(x: tf.Tensor3D): tf.Tensor3D {
    const map = this.conv.call(mapOf(x, this.tokens, this.grid));
    const classTokens = this.fc.call(classTokensOf(x, this.tokens));
    return tf.concat([classTokens, asTokens(map)], 1) as tf.Tensor3D;
  }
}

/** The first tokens of `[B,T+N,C]`: `[B,T,C]`. */
function classTokensOf(x: tf.Tensor3D, tokens: number): tf.Tensor3D {
  return tf.slice(x, [0, 0, 0], [x.shape[0], tokens, x.shape[2]]);
}

/** The other tokens as a map, `[B,T+H W,C] -> [B,H,W,C]`. */
function mapOf(x: tf.Tensor3D, tokens: number, grid: Size): tf.Tensor4D {
  const [batch, count, channels] = x.shape;
  const patches = tf.slice(x, [0, tokens, 0], [batch, count - tokens, channels]);
  return tf.reshape(patches, [batch, ...grid, channels]);
}

class Transformer extends Module<[x: tf.Tensor3D], tf.Tensor3D> {
  pool: Pooling | null;
  blocks: Sequential;

  constructor(pool: Pooling | null, blocks: readonly VitBlock[]) {
    super();
    this.pool = pool;
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor3D): tf.Tensor3D {
    return this.blocks.call(this.pool === null ? x : this.pool.call(x)) as tf.Tensor3D;
  }
}

class Pit extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^(cls_token|pos_embed|patch_embed)\b/,
    blocks: /^transformers\.(\d+)\.(?:pool|blocks\.(\d+))\./,
    last: /^norm\./,
  };
  readonly classifierPath = 'head';
  override classifierPaths: readonly string[];
  readonly firstConvPath = 'patch_embed.conv';
  readonly imageSize: Size;
  /** Class tokens. */
  readonly tokens: number;
  /** Rows and columns of the map of each stage. */
  readonly grids: readonly Size[];
  pooling: 'token' | '';
  /** `[1,C,h,w]`, of patches only. */
  pos_embed: Parameter;
  cls_token: Parameter;
  patch_embed: ConvEmbedding;
  transformers: Sequential;
  norm: LayerNorm;
  head_drop: Dropout;
  head: Classifier;
  head_dist: Classifier | null;

  constructor(settings: PitSettings, options: ModelOptions) {
    super();
    const { patchSize, stride, headFeatures, depths, heads, distilled = false } = settings;
    this.imageSize = options.imageSize ?? [224, 224];
    this.pooling = poolingOf(options.globalPool, distilled);
    this.tokens = distilled ? 2 : 1;
    const dims = heads.map((count) => count * headFeatures);
    const first = this.imageSize.map((size) => Math.floor((size - patchSize) / stride) + 1);
    this.grids = dims.map((_, i) => first.map((size) => Math.ceil(size / 2 ** i)) as unknown as Size);
    this.pos_embed = new Parameter([1, dims[0]!, ...this.grids[0]!], init.truncatedNormal(0.02));
    this.cls_token = new Parameter([1, this.tokens, dims[0]!], init.truncatedNormal(0.02));
    this.patch_embed = new ConvEmbedding(options.inChannels, dims[0]!, patchSize, stride);
    const total = depths.reduce((sum, depth) => sum + depth, 0);
    let index = 0;
    this.transformers = new Sequential(
      dims.map((features, i) => {
        const pool = i === 0 ? null : new Pooling(dims[i - 1]!, features, this.tokens, this.grids[i - 1]!);
        const blocks = Array.from({ length: depths[i]! }, () => {
          const dropPathRate = dropPathAt(options.dropPathRate, index++, total);
          return new VitBlock({
            patchSize,
            features,
            depth: depths[i]!,
            heads: heads[i]!,
            epsilon: EPSILON,
            dropPathRate,
          });
        });
        return new Transformer(pool, blocks);
      }),
    );
    this.numFeatures = dims[2]!;
    this.norm = new LayerNorm(this.numFeatures, { epsilon: EPSILON });
    this.head_drop = new Dropout(options.dropRate);
    this.head = makeClassifier(this.numFeatures, classesOf(options));
    this.head_dist = distilled ? makeClassifier(this.numFeatures, classesOf(options)) : null;
    this.classifierPaths = distilled ? ['head', 'head_dist'] : ['head'];
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: stride * 2 ** i,
      module: `transformers.${i}`,
    }));
  }

  /** `[B,H,W,C] -> [B,T,K]`: the class tokens. */
  forwardFeatures(x: tf.Tensor4D): tf.Tensor3D {
    assertImageSize(x, this.imageSize);
    const positions = tf.transpose(this.pos_embed.data, [0, 2, 3, 1]);
    const patches = asTokens(tf.add(this.patch_embed.call(x), positions) as tf.Tensor4D);
    const classTokens = tf.tile(this.cls_token.data, [x.shape[0], 1, 1]);
    const tokens = this.transformers.call(tf.concat([classTokens, patches], 1)) as tf.Tensor3D;
    return this.norm.call(classTokensOf(tokens, this.tokens)) as tf.Tensor3D;
  }

  forwardHead(tokens: tf.Tensor, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    if (this.tokens === 2) return classifyTwice(tokens, this, preLogits);
    const y = this.head_drop.call(this.pooling === '' ? tokens : tokenAt(tokens, 0));
    return preLogits ? y : this.head.call(y);
  }

  /** A distilled model keeps one classifier, on the mean of its two tokens. */
  override makeClassifierLinear(): void {
    this.head_dist?.dispose();
    this.head_dist = null;
    this.classifierPaths = ['head'];
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    if (globalPool !== undefined) this.pooling = poolingOf(globalPool, this.tokens === 2);
    this.head.dispose();
    this.head = makeClassifier(this.numFeatures, classes);
    if (this.head_dist === null) return;
    this.head_dist.dispose();
    this.head_dist = makeClassifier(this.numFeatures, classes);
  }

  override featureMap(tokens: tf.Tensor): tf.Tensor4D {
    const stage = this.featureInfo.findIndex(({ channels }) => channels === tokens.shape[2]);
    return mapOf(tokens as tf.Tensor3D, this.tokens, this.grids[stage]!);
  }
}

/** @throws PodiumError `zoo-option` for anything but no pooling */
function poolingOf(globalPool: GlobalPool | undefined, distilled: boolean): 'token' | '' {
  if (globalPool === undefined) return 'token';
  if (globalPool === '' && !distilled) return '';
  throw new PodiumError({
    code: 'zoo-option',
    path: { key: 'globalPool' },
    message: 'PiT classifies its class tokens, so it pools nothing',
    expected: distilled ? 'nothing' : 'nothing, or "" for all class tokens',
    got: JSON.stringify(globalPool),
    fix: 'leave globalPool out',
  });
}

/** The names of the first publication, and position embeddings for images of another size. */
function adaptState(state: StateDict, model: ImageModel): StateDict {
  const wanted = stateShapes(model).get('pos_embed')!;
  const renamed = Array.from(state, ([key, tensor]) => {
    const name = key.replace(/^pools\.(\d)\./, (_, i) => `transformers.${Number(i) + 1}.pool.`);
    if (name !== 'pos_embed' || String(tensor.shape) === String(wanted)) return [name, tensor] as const;
    const [, channels = 1, rows = 1, columns = 1] = tensor.shape;
    const [, , height = 1, width = 1] = wanted;
    const values = float32Of(tensor);
    const data = new Float32Array(channels * height * width);
    for (let channel = 0; channel < channels; channel++) {
      const plane = values.subarray(channel * rows * columns, (channel + 1) * rows * columns);
      const resized = resampleGrid(
        { rows, columns, channels: 1, values: plane },
        cubicWeights(rows, height),
        cubicWeights(columns, width),
      );
      data.set(resized.values, channel * height * width);
    }
    return [name, { dtype: 'float32', shape: [1, channels, height, width], data }] as const;
  });
  return new Map(renamed);
}

const narrow = { patchSize: 16, stride: 8, depths: [2, 6, 4] } as const;
const variants = {
  ti: { ...narrow, headFeatures: 32, heads: [2, 4, 8] },
  xs: { ...narrow, headFeatures: 48, heads: [2, 4, 8] },
  s: { ...narrow, headFeatures: 48, heads: [3, 6, 12] },
  b: { patchSize: 14, stride: 7, depths: [3, 6, 4], headFeatures: 64, heads: [4, 8, 16] },
} as const satisfies Readonly<Record<string, PitSettings>>;

export const pit: AnyFamily = defineFamily<PitSettings>({
  name: 'pit',
  build: (settings, options) => new Pit(settings, options),
  inputRule: ({ patchSize, stride }) => ({ fixed: true, multipleOf: stride, minimum: patchSize }),
  // Only class tokens are classified, so the map has to be before the last block.
  explanation: { method: 'grad-cam', layer: 'transformers.2.blocks.0' },
  adaptState,
  variants: {
    pit_ti_224: variants.ti,
    pit_xs_224: variants.xs,
    pit_s_224: variants.s,
    pit_b_224: variants.b,
    pit_ti_distilled_224: { ...variants.ti, distilled: true },
    pit_xs_distilled_224: { ...variants.xs, distilled: true },
    pit_s_distilled_224: { ...variants.s, distilled: true },
    pit_b_distilled_224: { ...variants.b, distilled: true },
  },
});
