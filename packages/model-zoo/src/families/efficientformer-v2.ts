// EfficientFormerV2: Li et al. 2022 (arXiv 2212.08059). Structure and names as in timm.
import { activate, matMul } from '@podium/engine';
import { BatchNorm2d, Conv2d, DropPath, init, Module, Sequential } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import { type DepthGroups, dropPathAt, type FeatureStage, type ModelOptions } from '../image-model.ts';
import { initWeights } from '../init-weights.ts';
import { assertImageSize } from './shared/assert-image-size.ts';
import { ConvBnAct, type ConvBnActOptions } from './shared/conv-bn-act.ts';
import {
  DistanceAttention,
  everyOther,
  type GridSize,
  resizeDistanceBiases,
  splitHeads,
} from './shared/distance-attention.ts';
import { DistilledModel } from './shared/distilled-model.ts';
import { LayerScale2d } from './shared/layer-scale2d.ts';

type Four = readonly [number, number, number, number];

interface EfficientFormerV2Settings {
  readonly dims: Four;
  /** Blocks of the first two stages. */
  readonly depths: readonly [number, number];
  /** Inner channels per channel, of each block of the last two stages. In the first two it is 4. */
  readonly expansions: readonly [readonly number[], readonly number[]];
  /** Blocks with attention at the end of the last two stages. */
  readonly attentionBlocks: number;
}

const HEADS = 8;
const KEY_FEATURES = 32;
const KEY_FEATURES_DOWN = 16;
const VALUES_PER_KEY = 4;
const EXPANSION = 4;
const activation = 'gelu';

/** Convolution with a bias, batch norm, shortcut and activation, `[B,H,W,C] -> [B,H',W',K]`. */
class ConvNorm extends ConvBnAct {
  constructor(
    from: number,
    to: number,
    kernel: number,
    options: Pick<ConvBnActOptions, 'stride' | 'groups' | 'activation'> = {},
  ) {
    super(from, to, kernel, { activation: 'linear', ...options, bias: true });
  }
}

/** Mixes the scores of all heads at each pair of positions, `[B,heads,Nq,N] -> [B,heads,Nq,N]`: a 1x1 convolution in timm. */
class TalkingHeads extends Conv2d {
  constructor() {
    super(HEADS, HEADS, 1);
  }

  override forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, heads] = x.shape;
    const weight = tf.tile(tf.reshape(this.weight.data, [1, heads, heads]), [batch, 1, 1]);
    const rows = tf.reshape(x, [batch, heads, x.size / (batch * heads)]);
    const mixed = matMul(weight, rows, { transposeA: true });
    return tf.reshape(tf.add(mixed, tf.reshape(this.bias!.data, [heads, 1])), x.shape);
  }
}

/** Attention whose heads talk to each other, beside a depthwise convolution of the values; optionally on a halved map. */
class Attention extends DistanceAttention<[x: tf.Tensor4D], tf.Tensor4D> {
  stride_conv: ConvNorm | null;
  q: ConvNorm;
  k: ConvNorm;
  v: ConvNorm;
  v_local: ConvNorm;
  talking_head1: TalkingHeads;
  talking_head2: TalkingHeads;
  proj: ConvNorm;

  constructor(channels: number, map: GridSize, halved: boolean) {
    super(HEADS, halved ? halfOf(map) : map);
    const keys = HEADS * KEY_FEATURES;
    const values = VALUES_PER_KEY * keys;
    this.stride_conv = halved ? new ConvNorm(channels, channels, 3, { stride: 2, groups: channels }) : null;
    this.q = new ConvNorm(channels, keys, 1);
    this.k = new ConvNorm(channels, keys, 1);
    this.v = new ConvNorm(channels, values, 1);
    this.v_local = new ConvNorm(values, values, 3, { groups: values });
    this.talking_head1 = new TalkingHeads();
    this.talking_head2 = new TalkingHeads();
    this.proj = new ConvNorm(values, channels, 1);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const small = this.stride_conv === null ? x : this.stride_conv.call(x);
    const values = this.v.call(small);
    const [q, k, v] = [this.q.call(small), this.k.call(small), values].map((part) =>
      splitHeads(part, HEADS),
    ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const scores = tf.add(matMul(tf.mul(q, KEY_FEATURES ** -0.5), k, { transposeB: true }), this.biases());
    const weights = tf.softmax(this.talking_head1.call(scores as tf.Tensor4D));
    const mixed = matMul(this.talking_head2.call(weights), v);
    const map = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), values.shape);
    let y = tf.add(map, this.v_local.call(values)) as tf.Tensor4D;
    if (this.stride_conv !== null) y = doubled(y, x.shape);
    return this.proj.call(activate(y, activation));
  }
}

function halfOf(grid: GridSize): GridSize {
  return grid.map((size) => Math.ceil(size / 2)) as unknown as GridSize;
}

/** Bilinear interpolation to twice the size, `torch.nn.Upsample(scale_factor=2, mode='bilinear')`, cut to a map. */
function doubled(x: tf.Tensor4D, shape: tf.Tensor4D['shape']): tf.Tensor4D {
  const large = doubledAlong(doubledAlong(x, 1), 2);
  const [batch, , , channels] = x.shape;
  const [, height, width] = shape;
  if (large.shape[1] === height && large.shape[2] === width) return large;
  return tf.slice(large, [0, 0, 0, 0], [batch, height, width, channels]);
}

/** Values in between are a quarter of the way to a neighbor; beyond the ends the last value repeats. */
function doubledAlong(x: tf.Tensor4D, axis: 1 | 2): tf.Tensor4D {
  const { shape } = x;
  const extent = shape[axis];
  const part = (start: number, length: number) => {
    const begin: typeof shape = [0, 0, 0, 0];
    const size: typeof shape = [...shape];
    begin[axis] = start;
    size[axis] = length;
    return tf.slice(x, begin, size);
  };
  const before = extent === 1 ? x : tf.concat([part(0, 1), part(0, extent - 1)], axis);
  const after = extent === 1 ? x : tf.concat([part(1, extent - 1), part(extent - 1, 1)], axis);
  const own = tf.mul(x, 0.75);
  const pair = [before, after].map((neighbor) => tf.add(own, tf.mul(neighbor, 0.25)));
  const out: typeof shape = [...shape];
  out[axis] = 2 * extent;
  return tf.reshape(tf.stack(pair, axis + 1), out) as tf.Tensor4D;
}

/** Queries from every other position and a convolution with stride 2. */
class LocalGlobalQuery extends Module {
  local: Conv2d;
  proj: ConvNorm;

  constructor(from: number, to: number) {
    super();
    this.local = new Conv2d(from, from, 3, { stride: 2, padding: 1, groups: from });
    this.proj = new ConvNorm(from, to, 1);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.proj.call(tf.add(this.local.call(x), everyOther(x)) as tf.Tensor4D);
  }
}

/** Attention that halves the map. The result is added to `residual`. */
class AttentionDownsample extends DistanceAttention<[x: tf.Tensor4D, residual: tf.Tensor4D], tf.Tensor4D> {
  q: LocalGlobalQuery;
  k: ConvNorm;
  v: ConvNorm;
  v_local: ConvNorm;
  proj: ConvNorm;

  constructor(from: number, to: number, map: GridSize) {
    super(HEADS, map, 2);
    const keys = HEADS * KEY_FEATURES_DOWN;
    const values = VALUES_PER_KEY * keys;
    this.q = new LocalGlobalQuery(from, keys);
    this.k = new ConvNorm(from, keys, 1);
    this.v = new ConvNorm(from, values, 1);
    this.v_local = new ConvNorm(values, values, 3, { stride: 2, groups: values });
    this.proj = new ConvNorm(values, to, 1);
  }

  forward(x: tf.Tensor4D, residual: tf.Tensor4D): tf.Tensor4D {
    const values = this.v.call(x);
    const local = this.v_local.call(values);
    const [q, k, v] = [this.q.call(x), this.k.call(x), values].map((part) => splitHeads(part, HEADS)) as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const mixed = tf.reshape(this.attend(q, k, v), local.shape);
    return this.proj.call(activate(tf.add(mixed, local) as tf.Tensor4D, activation), residual);
  }
}

class Downsample extends Module {
  conv: ConvNorm;
  attn: AttentionDownsample | null;

  constructor(from: number, to: number, map: GridSize, attends: boolean) {
    super();
    this.conv = new ConvNorm(from, to, 3, { stride: 2 });
    this.attn = attends ? new AttentionDownsample(from, to, map) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.conv.call(x);
    return this.attn === null ? y : this.attn.call(x, y);
  }
}

/** Pointwise, depthwise and pointwise convolution. */
class ConvMlp extends Module {
  fc1: ConvNorm;
  mid: ConvNorm;
  fc2: ConvNorm;

  constructor(channels: number, hidden: number) {
    super();
    this.fc1 = new ConvNorm(channels, hidden, 1, { activation });
    this.mid = new ConvNorm(hidden, hidden, 3, { groups: hidden, activation });
    this.fc2 = new ConvNorm(hidden, channels, 1);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.fc2.call(this.mid.call(this.fc1.call(x)));
  }
}

class EfficientFormerV2Block extends Module {
  token_mixer: Attention | null;
  ls1: LayerScale2d | null;
  drop_path1: DropPath | null;
  mlp: ConvMlp;
  ls2: LayerScale2d;
  drop_path2: DropPath | null;

  constructor(channels: number, hidden: number, token_mixer: Attention | null, dropPathRate: number) {
    super();
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.token_mixer = token_mixer;
    this.ls1 = token_mixer === null ? null : new LayerScale2d(channels);
    this.drop_path1 = token_mixer === null ? null : makeDropPath();
    this.mlp = new ConvMlp(channels, hidden);
    this.ls2 = new LayerScale2d(channels);
    this.drop_path2 = makeDropPath();
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y =
      this.token_mixer === null ? x : dropAdd(this.drop_path1, this.ls1!, this.token_mixer.call(x), x);
    return dropAdd(this.drop_path2, this.ls2, this.mlp.call(y), y);
  }
}

/** `drop(scale(branch)) + x` */
function dropAdd(
  drop: DropPath | null,
  scale: LayerScale2d,
  branch: tf.Tensor4D,
  x: tf.Tensor4D,
): tf.Tensor4D {
  if (drop === null || !drop.training) return scale.call(branch, x);
  return tf.add(drop.call(scale.call(branch)), x) as tf.Tensor4D;
}

class Stem extends Module {
  conv1: ConvNorm;
  conv2: ConvNorm;

  constructor(from: number, to: number) {
    super();
    this.conv1 = new ConvNorm(from, to / 2, 3, { stride: 2, activation });
    this.conv2 = new ConvNorm(to / 2, to, 3, { stride: 2, activation });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv2.call(this.conv1.call(x));
  }
}

class EfficientFormerV2Stage extends Module {
  downsample: Downsample | null;
  blocks: Sequential;

  constructor(downsample: Downsample | null, blocks: readonly EfficientFormerV2Block[]) {
    super();
    this.downsample = downsample;
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.blocks.call(this.downsample === null ? x : this.downsample.call(x)) as tf.Tensor4D;
  }
}

class EfficientFormerV2 extends DistilledModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^stem\./, blocks: /^stages\.(\d+)\./, last: /^norm\./ };
  readonly firstConvPath = 'stem.conv1.conv';
  readonly imageSize: readonly [height: number, width: number];
  stem: Stem;
  stages: Sequential;
  norm: BatchNorm2d;

  constructor(settings: EfficientFormerV2Settings, options: ModelOptions) {
    const { dims } = settings;
    super(dims[3], options);
    this.imageSize = options.imageSize ?? [224, 224];
    this.stem = new Stem(options.inChannels, dims[0]);
    this.stages = makeStages(settings, this.imageSize, options.dropPathRate);
    this.norm = new BatchNorm2d(dims[3]);
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
    for (const head of [this.head, this.head_dist!]) initWeights(head, () => init.truncatedNormal(0.02));
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    assertImageSize(x, this.imageSize);
    return this.norm.call(this.stages.call(this.stem.call(x)) as tf.Tensor4D);
  }
}

function makeStages(
  { dims, depths, expansions, attentionBlocks }: EfficientFormerV2Settings,
  imageSize: readonly [height: number, width: number],
  dropPathRate: number,
): Sequential {
  const hidden = [...depths.map((depth) => Array.from({ length: depth }, () => EXPANSION)), ...expansions];
  const total = hidden.reduce((sum, { length }) => sum + length, 0);
  let map = halfOf(halfOf(imageSize));
  let index = 0;
  return new Sequential(
    hidden.map((ratios, stage) => {
      const width = dims[stage]!;
      const downsample = stage === 0 ? null : new Downsample(dims[stage - 1]!, width, map, stage === 3);
      if (stage > 0) map = halfOf(map);
      const blocks = ratios.map((ratio, i) => {
        const attends = stage >= 2 && i >= ratios.length - attentionBlocks;
        const mixer = attends ? new Attention(width, map, stage === 2) : null;
        const rate = dropPathAt(dropPathRate, index++, total);
        return new EfficientFormerV2Block(width, Math.trunc(ratio * width), mixer, rate);
      });
      return new EfficientFormerV2Stage(downsample, blocks);
    }),
  );
}

export const efficientformerV2: AnyFamily = defineFamily<EfficientFormerV2Settings>({
  name: 'efficientformer-v2',
  build: (settings, options) => new EfficientFormerV2(settings, options),
  inputRule: () => ({ fixed: true, multipleOf: 32 }),
  adaptState: resizeDistanceBiases,
  variants: {
    efficientformerv2_s0: {
      dims: [32, 48, 96, 176],
      depths: [2, 2],
      expansions: [
        [4, 3, 3, 3, 4, 4],
        [4, 3, 3, 4],
      ],
      attentionBlocks: 2,
    },
    efficientformerv2_s1: {
      dims: [32, 48, 120, 224],
      depths: [3, 3],
      expansions: [
        [4, 4, 3, 3, 3, 3, 4, 4, 4],
        [4, 4, 3, 3, 4, 4],
      ],
      attentionBlocks: 2,
    },
    efficientformerv2_s2: {
      dims: [32, 64, 144, 288],
      depths: [4, 4],
      expansions: [
        [4, 4, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4],
        [4, 4, 3, 3, 3, 3, 4, 4],
      ],
      attentionBlocks: 4,
    },
    efficientformerv2_l: {
      dims: [40, 80, 192, 384],
      depths: [5, 5],
      expansions: [
        [4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4],
        [4, 4, 4, 3, 3, 3, 3, 4, 4, 4],
      ],
      attentionBlocks: 6,
    },
  },
});
