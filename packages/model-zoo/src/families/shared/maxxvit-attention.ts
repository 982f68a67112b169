// Attention of CoAtNet (Dai et al. 2021, arXiv 2106.04803) and MaxViT (Tu et al. 2022, 2204.01697), with timm's names.
import { type Activation, addBias, attention, conv2d, type Windows } from '@podium/engine';
import {
  BatchNorm2d,
  Conv2d,
  DropPath,
  LayerNorm,
  LayerNorm2d,
  LayerScale,
  Linear,
  linear,
  Mlp,
  Module,
  Sequential,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { ConvMlp, Downsample, type PoolKind } from './maxxvit-conv.ts';
import { RelativeBias, RelativeMlp } from './relative-positions.ts';

type Size = readonly [height: number, width: number];

export interface MaxxVitAttentionSettings {
  /** Whether attention already has the channels of the output when a block changes them. Default true. */
  readonly expandFirst?: boolean;
  /** Bias of the shortcut of a block that strides. Default true. */
  readonly shortcutBias?: boolean;
  /** Whether queries, keys and values of a head are next to each other in the weights. Default true. */
  readonly headFirst?: boolean;
  /** Biases by relative position: from a table (default), from one in TensorFlow's order, or from a network. */
  readonly positions?: 'table' | 'tensorflow' | 'mlp';
  /** Width of that network. Default 512. */
  readonly positionsHidden?: number;
  readonly layerScale?: number;
  /** In blocks over the whole map. Default `layer`. */
  readonly norm?: 'layer' | 'batch';
  /** Of the norms. Default 1e-6. */
  readonly epsilon?: number;
  /** Default `gelu`. */
  readonly activation?: Activation;
  /** Whether there is only attention in grids, none in windows. */
  readonly gridOnly?: boolean;
}

const HEAD_FEATURES = 32;
const EXPANSION = 4;

/** Weights whose last axis is query, key and value of each head, to all queries first: `[...,heads*3*d] -> [...,3*heads*d]`. */
function queriesFirst(weight: tf.Tensor, heads: number): tf.Tensor {
  const out = weight.shape.at(-1)!;
  const parts = tf.reshape(weight, [weight.size / out, heads, 3, out / (3 * heads)]);
  return tf.reshape(tf.transpose(parts, [0, 2, 1, 3]), weight.shape);
}

class QkvConv extends Conv2d {
  readonly heads: number;

  constructor(channels: number, width: number, heads: number) {
    super(channels, 3 * width, 1);
    this.heads = heads;
  }

  override forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = conv2d(x, queriesFirst(this.weight.data, this.heads) as tf.Tensor4D);
    return addBias(y, queriesFirst(this.bias!.data, this.heads) as tf.Tensor1D);
  }
}

class QkvByHead extends Linear {
  readonly heads: number;

  constructor(channels: number, heads: number) {
    super(channels, 3 * channels);
    this.heads = heads;
  }

  override forward(x: tf.Tensor): tf.Tensor {
    const [out, from] = this.weight.shape as [number, number];
    const parts = tf.reshape(this.weight.data, [this.heads, 3, (out * from) / (3 * this.heads)]);
    const weight = tf.reshape(tf.transpose(parts, [1, 0, 2]), [out, from]);
    return linear(x, weight, queriesFirst(this.bias!.data, this.heads));
  }
}

function makePositions(
  window: Size,
  heads: number,
  { positions = 'table', positionsHidden = 512 }: MaxxVitAttentionSettings,
): RelativeBias | RelativeMlp {
  if (positions === 'mlp') return new RelativeMlp(window, heads, positionsHidden);
  return new RelativeBias(window, heads, positions === 'table' ? 'torch' : 'tensorflow');
}

/** Attention between all positions of a map, `[B,H,W,C] -> [B,H,W,C']`. */
class MapAttention extends Module {
  readonly heads: number;
  qkv: QkvConv;
  rel_pos: RelativeBias | RelativeMlp;
  proj: Conv2d;

  constructor(from: number, to: number, map: Size, settings: MaxxVitAttentionSettings) {
    super();
    const width = settings.expandFirst === false ? from : to;
    this.heads = width / HEAD_FEATURES;
    this.qkv = new QkvConv(from, width, this.heads);
    this.rel_pos = makePositions(map, this.heads, settings);
    this.proj = new Conv2d(width, to, 1);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width] = x.shape;
    const qkv = this.qkv.call(x);
    const tokens = tf.reshape(qkv, [batch, height * width, qkv.shape[3]]) as tf.Tensor3D;
    const mixed = attention(tokens, { heads: this.heads, bias: this.rel_pos.call() });
    return this.proj.call(tf.reshape(mixed, [batch, height, width, mixed.shape[2]]) as tf.Tensor4D);
  }
}

/** Attention over the whole map and an MLP: CoAtNet's block. */
export class TransformerBlock2d extends Module {
  shortcut: Downsample | null;
  norm1: Sequential | LayerNorm2d | BatchNorm2d;
  attn: MapAttention;
  ls1: LayerScale | null;
  drop_path1: DropPath | null;
  norm2: LayerNorm2d | BatchNorm2d;
  mlp: ConvMlp;
  ls2: LayerScale | null;
  drop_path2: DropPath | null;

  /** @param map rows and columns of the output */
  constructor(
    from: number,
    to: number,
    stride: 1 | 2,
    map: Size,
    pool: PoolKind,
    settings: MaxxVitAttentionSettings,
    dropPathRate: number,
  ) {
    super();
    const { epsilon = 1e-6, layerScale, activation = 'gelu' } = settings;
    const makeNorm = (channels: number) =>
      new (settings.norm === 'batch' ? BatchNorm2d : LayerNorm2d)(channels, { epsilon });
    const makeScale = () => (layerScale === undefined ? null : new LayerScale(to, layerScale));
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    const norm1 = makeNorm(from);
    this.shortcut = stride === 2 ? new Downsample(from, to, pool, settings.shortcutBias ?? true) : null;
    this.norm1 =
      stride === 2 ? new Sequential({ norm: norm1, down: new Downsample(from, from, pool, true) }) : norm1;
    this.attn = new MapAttention(from, to, map, settings);
    this.ls1 = makeScale();
    this.drop_path1 = makeDropPath();
    this.norm2 = makeNorm(to);
    this.mlp = new ConvMlp(to, activation);
    this.ls2 = makeScale();
    this.drop_path2 = makeDropPath();
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let branch: tf.Tensor = this.norm1.call(x);
    branch = this.attn.call(branch as tf.Tensor4D);
    if (this.ls1 !== null) branch = this.ls1.call(branch);
    if (this.drop_path1 !== null) branch = this.drop_path1.call(branch);
    const shortcut = this.shortcut === null ? x : this.shortcut.call(x);
    const y = tf.add(shortcut, branch) as tf.Tensor4D;
    branch = this.norm2.call(y);
    branch = this.mlp.call(branch as tf.Tensor4D);
    if (this.ls2 !== null) branch = this.ls2.call(branch);
    if (this.drop_path2 !== null) branch = this.drop_path2.call(branch);
    return tf.add(y, branch) as tf.Tensor4D;
  }
}

/** Attention within windows. */
class PartAttention extends Module<[x: tf.Tensor3D, windows: Windows], tf.Tensor3D> {
  readonly heads: number;
  qkv: QkvByHead | Linear;
  rel_pos: RelativeBias | RelativeMlp;
  proj: Linear;

  constructor(channels: number, window: Size, settings: MaxxVitAttentionSettings) {
    super();
    this.heads = channels / HEAD_FEATURES;
    this.qkv =
      settings.headFirst === false ? new Linear(channels, 3 * channels) : new QkvByHead(channels, this.heads);
    this.rel_pos = makePositions(window, this.heads, settings);
    this.proj = new Linear(channels, channels);
  }

  forward(x: tf.Tensor3D, windows: Windows): tf.Tensor3D {
    const qkv = this.qkv.call(x) as tf.Tensor3D;
    const mixed = attention(qkv, { heads: this.heads, bias: this.rel_pos.call(), windows });
    return this.proj.call(mixed) as tf.Tensor3D;
  }
}

/** Attention in windows of neighbors, or in grids that cover the whole map, and an MLP: half of MaxViT's block. */
export class PartitionAttention extends Module {
  readonly partition: 'window' | 'grid';
  readonly size: Size;
  /** By size of the map: the last few. */
  readonly orders: Map<string, Int32Array> = new Map();
  norm1: LayerNorm;
  attn: PartAttention;
  ls1: LayerScale | null;
  drop_path1: DropPath | null;
  norm2: LayerNorm;
  mlp: Mlp;
  ls2: LayerScale | null;
  drop_path2: DropPath | null;

  /** @param size rows and columns of a window or grid, which divide those of the map */
  constructor(
    channels: number,
    partition: 'window' | 'grid',
    size: Size,
    settings: MaxxVitAttentionSettings,
    dropPathRate: number,
  ) {
    super();
    const { epsilon = 1e-6, layerScale, activation = 'gelu' } = settings;
    const makeScale = () => (layerScale === undefined ? null : new LayerScale(channels, layerScale));
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.partition = partition;
    this.size = size;
    this.norm1 = new LayerNorm(channels, { epsilon });
    this.attn = new PartAttention(channels, size, settings);
    this.ls1 = makeScale();
    this.drop_path1 = makeDropPath();
    this.norm2 = new LayerNorm(channels, { epsilon });
    this.mlp = new Mlp(channels, { hidden: EXPANSION * channels, activation });
    this.ls2 = makeScale();
    this.drop_path2 = makeDropPath();
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width, channels] = x.shape;
    const windows = { size: this.size[0] * this.size[1], order: this.orderFor(height, width) };
    let branch: tf.Tensor = tf.reshape(this.norm1.call(x), [batch, height * width, channels]);
    branch = tf.reshape(this.attn.call(branch as tf.Tensor3D, windows), x.shape);
    if (this.ls1 !== null) branch = this.ls1.call(branch);
    if (this.drop_path1 !== null) branch = this.drop_path1.call(branch);
    const y = tf.add(x, branch) as tf.Tensor4D;
    branch = this.mlp.call(this.norm2.call(y));
    if (this.ls2 !== null) branch = this.ls2.call(branch);
    if (this.drop_path2 !== null) branch = this.drop_path2.call(branch);
    return tf.add(y, branch) as tf.Tensor4D;
  }

  /** Positions of the map, window after window. */
  protected orderFor(height: number, width: number): Int32Array {
    const key = `${height}x${width}`;
    let order = this.orders.get(key);
    if (order === undefined) {
      order = partitionOrder([height, width], this.size, this.partition);
      if (this.orders.size >= 8) this.orders.clear();
      this.orders.set(key, order);
    }
    return order;
  }
}

function partitionOrder([height, width]: Size, [rows, columns]: Size, kind: 'window' | 'grid'): Int32Array {
  const [down, across] = [height / rows, width / columns];
  const order: number[] = [];
  for (let part = 0; part < down * across; part++) {
    const [i, j] = [Math.floor(part / across), part % across];
    for (let inside = 0; inside < rows * columns; inside++) {
      const [a, b] = [Math.floor(inside / columns), inside % columns];
      const [row, column] =
        kind === 'window' ? [i * rows + a, j * columns + b] : [a * down + i, b * across + j];
      order.push(row * width + column);
    }
  }
  return Int32Array.from(order);
}
