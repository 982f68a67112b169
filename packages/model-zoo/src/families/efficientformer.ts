// EfficientFormer: Li et al. 2022 (arXiv 2206.01191). Structure and names as in timm.
import {
  BatchNorm2d,
  Conv2d,
  DropPath,
  Identity,
  IndexTable,
  init,
  LayerNorm,
  Linear,
  Mlp,
  Module,
  Sequential,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import { type DepthGroups, dropPathAt, type FeatureStage, type ModelOptions } from '../image-model.ts';
import { initWeights } from '../init-weights.ts';
import { asTokens } from './shared/as-map.ts';
import { assertImageSize } from './shared/assert-image-size.ts';
import {
  DistanceAttention,
  distanceIndices,
  type GridSize,
  resizeDistanceBiases,
  splitHeads,
} from './shared/distance-attention.ts';
import { DistilledModel } from './shared/distilled-model.ts';
import { LayerScale2d } from './shared/layer-scale2d.ts';
import { Pooling } from './shared/metaformer-layers.ts';

type Four = readonly [number, number, number, number];

interface EfficientFormerSettings {
  readonly dims: Four;
  readonly depths: Four;
  /** Blocks with attention at the end of the last stage. */
  readonly attentionBlocks: number;
}

const EXPANSION = 4;
const HEADS = 8;
const KEY_FEATURES = 32;
const VALUE_FEATURES = 128;

class Stem extends Module {
  conv1: Conv2d;
  norm1: BatchNorm2d;
  conv2: Conv2d;
  norm2: BatchNorm2d;

  constructor(from: number, to: number) {
    super();
    this.conv1 = new Conv2d(from, to / 2, 3, { stride: 2, padding: 1 });
    this.norm1 = new BatchNorm2d(to / 2, { activation: 'relu' });
    this.conv2 = new Conv2d(to / 2, to, 3, { stride: 2, padding: 1 });
    this.norm2 = new BatchNorm2d(to, { activation: 'relu' });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.norm1.call(this.conv1.call(x));
    return this.norm2.call(this.conv2.call(y));
  }
}

class Downsample extends Module {
  conv: Conv2d;
  norm: BatchNorm2d;

  constructor(from: number, to: number) {
    super();
    this.conv = new Conv2d(from, to, 3, { stride: 2, padding: 1 });
    this.norm = new BatchNorm2d(to);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.norm.call(this.conv.call(x));
  }
}

class Attention extends DistanceAttention<[x: tf.Tensor4D], tf.Tensor4D> {
  qkv: Linear;
  proj: Linear;
  attention_bias_idxs: IndexTable;

  constructor(features: number, grid: GridSize) {
    super(HEADS, grid);
    this.qkv = new Linear(features, HEADS * (2 * KEY_FEATURES + VALUE_FEATURES));
    this.proj = new Linear(HEADS * VALUE_FEATURES, features);
    const tokens = grid[0] * grid[1];
    this.attention_bias_idxs = new IndexTable([tokens, tokens], distanceIndices(grid));
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const sizes = [KEY_FEATURES, KEY_FEATURES, VALUE_FEATURES];
    const [q, k, v] = tf.split(splitHeads(this.qkv.call(x), HEADS), sizes, 3) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    return tf.reshape(this.proj.call(this.attend(q, k, v)), x.shape);
  }
}

/** 1x1 convolutions with norms. */
class ConvMlp extends Module {
  fc1: Conv2d;
  norm1: BatchNorm2d;
  fc2: Conv2d;
  norm2: BatchNorm2d;

  constructor(channels: number) {
    super();
    this.fc1 = new Conv2d(channels, EXPANSION * channels, 1);
    this.norm1 = new BatchNorm2d(EXPANSION * channels, { activation: 'gelu' });
    this.fc2 = new Conv2d(EXPANSION * channels, channels, 1);
    this.norm2 = new BatchNorm2d(channels);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.norm1.call(this.fc1.call(x));
    return this.norm2.call(this.fc2.call(y));
  }
}

/** Mixes positions by attention if it gets a grid, otherwise by pooling; then layers per position. */
class MetaBlock extends Module {
  norm1: LayerNorm | null;
  token_mixer: Attention | Pooling;
  ls1: LayerScale2d;
  drop_path1: DropPath | null;
  norm2: LayerNorm | null;
  mlp: Mlp | ConvMlp;
  ls2: LayerScale2d;
  drop_path2: DropPath | null;

  constructor(channels: number, grid: GridSize | undefined, dropPathRate: number) {
    super();
    const makeDropPath = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.norm1 = grid === undefined ? null : new LayerNorm(channels);
    this.token_mixer = grid === undefined ? new Pooling() : new Attention(channels, grid);
    this.ls1 = new LayerScale2d(channels);
    this.drop_path1 = makeDropPath();
    this.norm2 = grid === undefined ? null : new LayerNorm(channels);
    this.mlp =
      grid === undefined ? new ConvMlp(channels) : new Mlp(channels, { hidden: EXPANSION * channels });
    this.ls2 = new LayerScale2d(channels);
    this.drop_path2 = makeDropPath();
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.norm1 === null ? x : (this.norm1.call(x) as tf.Tensor4D);
    y = dropAdd(this.drop_path1, this.ls1, this.token_mixer.call(y), x);
    const normal = this.norm2 === null ? y : (this.norm2.call(y) as tf.Tensor4D);
    return dropAdd(this.drop_path2, this.ls2, this.mlp.call(normal) as tf.Tensor4D, y);
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

class EfficientFormerStage extends Module {
  downsample: Downsample | null;
  blocks: Sequential;

  constructor(downsample: Downsample | null, blocks: readonly Module[]) {
    super();
    this.downsample = downsample;
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.blocks.call(this.downsample === null ? x : this.downsample.call(x)) as tf.Tensor4D;
  }
}

class EfficientFormer extends DistilledModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^stem\./, blocks: /^stages\.(\d+)\./, last: /^norm\./ };
  readonly firstConvPath = 'stem.conv1';
  readonly imageSize: readonly [height: number, width: number];
  stem: Stem;
  stages: Sequential;
  norm: LayerNorm;

  constructor({ dims, depths, attentionBlocks }: EfficientFormerSettings, options: ModelOptions) {
    super(dims[3], options);
    this.imageSize = options.imageSize ?? [224, 224];
    const grid = this.imageSize.map((size) => Math.ceil(size / 32)) as unknown as GridSize;
    const total = depths.reduce((sum, depth) => sum + depth, 0);
    let index = 0;
    this.stem = new Stem(options.inChannels, dims[0]);
    this.stages = new Sequential(
      depths.map((depth, stage) => {
        const blocks: Module[] = [];
        const firstAttention = stage === 3 ? depth - attentionBlocks : depth;
        for (let i = 0; i < depth; i++) {
          // timm flattens the map here, which takes a place among the blocks.
          if (i === firstAttention) blocks.push(new Identity() as unknown as Module);
          const rate = dropPathAt(options.dropPathRate, index++, total);
          blocks.push(new MetaBlock(dims[stage]!, i < firstAttention ? undefined : grid, rate));
        }
        return new EfficientFormerStage(
          stage === 0 ? null : new Downsample(dims[stage - 1]!, dims[stage]!),
          blocks,
        );
      }),
    );
    this.norm = new LayerNorm(dims[3]);
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
    initWeights(this.stages, (layer) => (layer instanceof Linear ? init.truncatedNormal(0.02) : undefined));
    for (const head of [this.head, this.head_dist!]) initWeights(head, () => init.truncatedNormal(0.02));
  }

  /** `[B,H,W,C] -> [B,N,K]` tokens. */
  forwardFeatures(x: tf.Tensor4D): tf.Tensor3D {
    assertImageSize(x, this.imageSize);
    const map = this.stages.call(this.stem.call(x)) as tf.Tensor4D;
    return this.norm.call(asTokens(map)) as tf.Tensor3D;
  }
}

export const efficientformer: AnyFamily = defineFamily<EfficientFormerSettings>({
  name: 'efficientformer',
  build: (settings, options) => new EfficientFormer(settings, options),
  explanation: { method: 'grad-cam', layer: 'stages.3' },
  inputRule: () => ({ fixed: true }),
  adaptState: resizeDistanceBiases,
  variants: {
    efficientformer_l1: { dims: [48, 96, 224, 448], depths: [3, 2, 6, 4], attentionBlocks: 1 },
    efficientformer_l3: { dims: [64, 128, 320, 512], depths: [4, 4, 12, 6], attentionBlocks: 4 },
    efficientformer_l7: { dims: [96, 192, 384, 768], depths: [6, 6, 18, 8], attentionBlocks: 8 },
  },
});
