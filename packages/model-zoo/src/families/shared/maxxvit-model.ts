import {
  BatchNorm2d,
  float32Of,
  type GlobalPool,
  init,
  LayerNorm2d,
  Linear,
  Module,
  Sequential,
  type StateDict,
  type StateTensor,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { ClassifierHead } from '../../classifier-head.ts';
import {
  type Classes,
  classesOf,
  type DepthGroups,
  dropPathAt,
  type FeatureStage,
  ImageModel,
  type ModelOptions,
} from '../../image-model.ts';
import { initWeights } from '../../init-weights.ts';
import { assertImageSize } from './assert-image-size.ts';
import {
  type MaxxVitAttentionSettings,
  PartitionAttention,
  TransformerBlock2d,
} from './maxxvit-attention.ts';
import { ConvNeXtBlock, type MaxxVitConvSettings, MaxxVitStem, MbConvBlock } from './maxxvit-conv.ts';
import { NormMlpHead } from './norm-mlp-head.ts';
import { RelativeBias } from './relative-positions.ts';
import { resizeRelativePositions } from './resize-positions.ts';

type Four = readonly [number, number, number, number];
type Size = readonly [height: number, width: number];
/** Convolution, attention over the whole map, or both with attention in windows and grids. */
type BlockKind = 'C' | 'T' | 'M';

export interface MaxxVitSettings {
  readonly dims: Four;
  readonly depths: Four;
  readonly stem: readonly [number, number];
  readonly stemBias?: boolean;
  /** By stage; a stage with several kinds repeats the last one. Default: CoAtNet's, C C T T. */
  readonly blocks?: readonly (readonly BlockKind[])[];
  readonly conv?: MaxxVitConvSettings;
  readonly attention?: MaxxVitAttentionSettings;
  /** Width of a layer before the classifier. Default: no such layer. */
  readonly headHidden?: number;
  /** Height and width of its images. Default 224. */
  readonly imageSize?: number;
}

/** Pixels per row and column of windows and grids. */
export const PARTITION = 32;

interface BlockOptions {
  readonly from: number;
  readonly to: number;
  readonly stride: 1 | 2;
  /** Rows and columns of the output. */
  readonly map: Size;
  /** Rows and columns of windows and grids. */
  readonly part: Size;
  readonly conv: MaxxVitConvSettings;
  readonly attention: MaxxVitAttentionSettings;
  readonly dropPathRate: number;
}

function makeConv({ from, to, stride, conv, dropPathRate }: BlockOptions): MbConvBlock | ConvNeXtBlock {
  const Block = conv.block === 'convnext' ? ConvNeXtBlock : MbConvBlock;
  return new Block(from, to, stride, conv, dropPathRate);
}

/** Convolution, attention in windows, attention in grids. */
class MaxxVitBlock extends Module {
  conv: MbConvBlock | ConvNeXtBlock;
  attn_block: PartitionAttention | null;
  attn_grid: PartitionAttention;

  constructor(options: BlockOptions) {
    super();
    const { to, part, attention, dropPathRate } = options;
    this.conv = makeConv(options);
    this.attn_block =
      attention.gridOnly === true
        ? null
        : new PartitionAttention(to, 'window', part, attention, dropPathRate);
    this.attn_grid = new PartitionAttention(to, 'grid', part, attention, dropPathRate);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv.call(x);
    if (this.attn_block !== null) y = this.attn_block.call(y);
    return this.attn_grid.call(y);
  }
}

type AnyBlock = MbConvBlock | ConvNeXtBlock | TransformerBlock2d | MaxxVitBlock;

function makeBlock(kind: BlockKind, options: BlockOptions): AnyBlock {
  if (kind === 'C') return makeConv(options);
  if (kind === 'M') return new MaxxVitBlock(options);
  const { from, to, stride, map, conv, attention, dropPathRate } = options;
  return new TransformerBlock2d(from, to, stride, map, conv.pool ?? 'avg2', attention, dropPathRate);
}

class MaxxVitStage extends Module {
  blocks: Sequential;

  constructor(blocks: readonly AnyBlock[]) {
    super();
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.blocks.call(x) as tf.Tensor4D;
  }
}

/** `[B,H,W,C] -> [B,K]` */
export class MaxxVit extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^stem\./,
    blocks: /^stages\.(\d+)\.blocks\.(\d+)\./,
    last: /^norm\./,
  };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'stem.conv1';
  readonly imageSize: Size;
  stem: MaxxVitStem;
  stages: Sequential;
  norm: LayerNorm2d | BatchNorm2d | null;
  head: ClassifierHead | NormMlpHead;

  constructor(settings: MaxxVitSettings, options: ModelOptions) {
    super();
    const { dims, stem, imageSize: size = 224, conv = {}, attention = {}, headHidden } = settings;
    const { globalPool = 'avg', dropRate } = options;
    const { epsilon = 1e-6 } = attention;
    this.imageSize = options.imageSize ?? [size, size];
    this.stem = new MaxxVitStem(options.inChannels, stem, settings.stemBias ?? false, conv);
    this.stages = makeStages(settings, this.imageSize, options.dropPathRate);
    const Norm = attention.norm === 'batch' ? BatchNorm2d : LayerNorm2d;
    this.norm = headHidden === undefined ? new Norm(dims[3], { epsilon }) : null;
    this.head =
      headHidden === undefined
        ? new ClassifierHead(dims[3], classesOf(options), globalPool, dropRate)
        : new NormMlpHead(dims[3], classesOf(options), {
            globalPool,
            dropRate,
            epsilon,
            hidden: headHidden,
            activation: 'tanh',
          });
    this.featureInfo = [
      { channels: stem[1], reduction: 2, module: 'stem' },
      ...dims.map((channels, i) => ({ channels, reduction: 4 * 2 ** i, module: `stages.${i}` })),
    ];
    for (const part of [this.stem, this.stages]) initialize(part);
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    assertImageSize(x, this.imageSize);
    // The inference form must not fold the first norm into the stem: the shortcut needs what comes before the norm.
    const y = this.stages.call(tf.clone(this.stem.call(x))) as tf.Tensor4D;
    return this.norm === null ? y : (this.norm.call(y) as tf.Tensor4D);
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

function makeStages(settings: MaxxVitSettings, imageSize: Size, dropPathRate: number): Sequential {
  const { dims, depths, stem, blocks = [['C'], ['C'], ['T'], ['T']], conv = {}, attention = {} } = settings;
  const total = depths.reduce((sum, depth) => sum + depth, 0);
  const part = imageSize.map((extent) => Math.floor(extent / PARTITION)) as [number, number];
  let map = imageSize.map((extent) => Math.floor(extent / 2)) as [number, number];
  let from = stem[1];
  let index = 0;
  return new Sequential(
    depths.map((depth, stage) => {
      const kinds = blocks[stage]!;
      map = map.map((extent) => Math.ceil(extent / 2)) as [number, number];
      const made = Array.from({ length: depth }, (_, i) => {
        const rate = dropPathAt(dropPathRate, index++, total);
        const stride = i === 0 ? 2 : 1;
        const options = { from, to: dims[stage]!, stride, map, part, conv, attention } as const;
        from = dims[stage]!;
        return makeBlock(kinds[i] ?? kinds.at(-1)!, { ...options, dropPathRate: rate });
      });
      return new MaxxVitStage(made);
    }),
  );
}

/** Convolutions as EfficientNet has them, layers of attention as ViT's first authors. */
function initialize(part: MaxxVitStem | Sequential): void {
  const inAttention = new Set<unknown>();
  for (const module of part.modules() as unknown[]) {
    if (!(module instanceof PartitionAttention || module instanceof TransformerBlock2d)) continue;
    for (const layer of module.modules()) inAttention.add(layer);
  }
  initWeights(part, (layer) => {
    if (inAttention.has(layer) || layer instanceof Linear) return init.xavierUniform();
    const fanOut = (layer.kernelSize[0] * layer.kernelSize[1] * layer.outChannels) / layer.groups;
    return init.normal(0, Math.sqrt(2 / fanOut));
  });
}

/** Resizes biases by relative position to another window or map. */
export function adaptMaxxVitState(state: StateDict, model: ImageModel): StateDict {
  const adapted = new Map(state);
  for (const [path, module] of model.namedModules()) {
    const positions: unknown = module;
    if (!(positions instanceof RelativeBias)) continue;
    const key = `${path}.relative_position_bias_table`;
    const table = adapted.get(key);
    if (table !== undefined) adapted.set(key, resizeTable(table, positions.window));
  }
  return adapted;
}

/** TensorFlow's tables have the heads first. */
function resizeTable(table: StateTensor, window: Size): StateTensor {
  if (table.shape.length === 2) return resizeRelativePositions(table, window);
  const [heads = 1, rows = 1, columns = 1] = table.shape;
  const positions = swapAxes(float32Of(table), heads, rows * columns);
  const flat = { dtype: 'float32', shape: [rows * columns, heads], data: positions } as const;
  const resized = float32Of(resizeRelativePositions(flat, window));
  const [height, width] = [2 * window[0] - 1, 2 * window[1] - 1];
  return { dtype: 'float32', shape: [heads, height, width], data: swapAxes(resized, height * width, heads) };
}

function swapAxes(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(
    { length: values.length },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}
