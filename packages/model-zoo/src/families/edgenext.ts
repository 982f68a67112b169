// EdgeNeXt: Maaz et al. 2022 (arXiv 2206.10589), with the cross-covariance attention of XCiT (El-Nouby et al. 2021, 2106.09681).
// Structure and names as in timm.
import {
  Conv2d,
  DropPath,
  type GlobalPool,
  init,
  LayerNorm,
  LayerNorm2d,
  Module,
  ModuleList,
  Parameter,
  Sequential,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import {
  type Classes,
  classesOf,
  type DepthGroups,
  dropPathAt,
  type FeatureStage,
  ImageModel,
  type ModelOptions,
} from '../image-model.ts';
import { initWeights } from '../init-weights.ts';
import { CrossCovarianceAttention } from './shared/cross-covariance-attention.ts';
import { FourierPositions } from './shared/fourier-positions.ts';
import { NormMlpHead } from './shared/norm-mlp-head.ts';
import { ScaledMlp } from './shared/scaled-mlp.ts';
import { stageGroups } from './shared/stage-groups.ts';

type Four = readonly [number, number, number, number];

interface EdgeNeXtSettings {
  readonly depths: Four;
  readonly dims: Four;
  /** Heads of the attention. Default 8. */
  readonly heads?: number;
  /**
   * timm's own variant: an overlapping stem, maps halved by the first block of a stage, depthwise convolutions without bias.
   */
  readonly overlapping?: boolean;
}

const EXPANSION = 4;
const LAYER_SCALE = 1e-6;
const epsilon = 1e-6;
const KERNELS: Four = [3, 5, 7, 9];
/** Of the last block of a stage; in the first stage there is none with attention. */
const SCALES: Four = [2, 2, 3, 4];
/** Stage whose attention gets position encodings. */
const POSITION_STAGE = 1;

interface BlockOptions {
  readonly overlapping: boolean;
  readonly dropPathRate: number;
}

/** Depthwise convolution, norm and layers per position; `[B,H,W,C] -> [B,H',W',C']`. */
class ConvBlock extends Module {
  readonly shortcutAfterConv: boolean;
  conv_dw: Conv2d;
  norm: LayerNorm;
  mlp: ScaledMlp;
  gamma: Parameter;
  drop_path: DropPath | null;

  constructor(from: number, to: number, kernel: number, stride: number, options: BlockOptions) {
    super();
    this.shortcutAfterConv = stride > 1 || from !== to;
    this.conv_dw = new Conv2d(from, to, kernel, {
      stride,
      padding: (kernel - 1) / 2,
      groups: from,
      bias: !options.overlapping,
    });
    this.norm = new LayerNorm(to, { epsilon });
    this.mlp = new ScaledMlp(to, EXPANSION * to);
    this.gamma = makeScale(to);
    this.drop_path = makeDropPath(options);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.conv_dw.call(x);
    const branch = this.mlp.call(this.norm.call(y) as tf.Tensor4D, this.gamma.data as tf.Tensor1D);
    return dropAdd(this.drop_path, branch, this.shortcutAfterConv ? y : x);
  }
}

/** Depthwise convolutions of a growing part of the channels, then attention between channels (SDTA of the paper). */
class SplitTransposeBlock extends Module {
  /** Channels of the parts. */
  readonly widths: readonly number[];
  convs: ModuleList;
  pos_embd: FourierPositions | null;
  norm_xca: LayerNorm;
  gamma_xca: Parameter;
  xca: CrossCovarianceAttention;
  norm: LayerNorm;
  mlp: ScaledMlp;
  gamma: Parameter;
  drop_path: DropPath | null;

  constructor(channels: number, scales: number, heads: number, hasPositions: boolean, options: BlockOptions) {
    super();
    const width = Math.ceil(channels / scales);
    const conv = { padding: 1, groups: width, bias: !options.overlapping };
    const count = Math.max(1, scales - 1);
    this.widths = [...Array.from({ length: count }, () => width), channels - count * width];
    this.convs = new ModuleList(
      Array.from({ length: count }, () => new Conv2d(width, width, 3, conv)) as never[],
    );
    this.pos_embd = hasPositions ? new FourierPositions(channels) : null;
    this.norm_xca = new LayerNorm(channels, { epsilon });
    this.gamma_xca = makeScale(channels);
    this.xca = new CrossCovarianceAttention(channels, heads);
    this.norm = new LayerNorm(channels, { epsilon });
    this.mlp = new ScaledMlp(channels, EXPANSION * channels);
    this.gamma = makeScale(channels);
    this.drop_path = makeDropPath(options);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const { shape } = x;
    const [batch, height, width, channels] = shape;
    let map = this.convolve(x);
    if (this.pos_embd !== null) map = tf.add(map, this.pos_embd.call(height, width));
    const tokens = tf.reshape(map, [batch, height * width, channels]);
    const normal = this.norm_xca.call(tokens) as tf.Tensor3D;
    const mixed = this.xca.call(normal, this.gamma_xca.data as tf.Tensor1D);
    map = tf.reshape(dropAdd(this.drop_path, mixed, tokens), shape);
    const branch = this.mlp.call(this.norm.call(map) as tf.Tensor4D, this.gamma.data as tf.Tensor1D);
    return dropAdd(this.drop_path, branch, x);
  }

  /** Each part but the last is convolved together with the result of the one before. */
  private convolve(x: tf.Tensor4D): tf.Tensor4D {
    const parts = tf.split(x, [...this.widths], 3) as tf.Tensor4D[];
    const outputs: tf.Tensor4D[] = [];
    for (const [i, conv] of (this.convs.items as unknown as Conv2d[]).entries()) {
      const before = outputs[i - 1];
      outputs.push(conv.call(before === undefined ? parts[i]! : tf.add(before, parts[i]!)));
    }
    return tf.concat([...outputs, parts.at(-1)!], 3);
  }
}

function makeScale(channels: number): Parameter {
  return new Parameter([channels], init.constant(LAYER_SCALE));
}

function makeDropPath({ dropPathRate }: BlockOptions): DropPath | null {
  return dropPathRate > 0 ? new DropPath(dropPathRate) : null;
}

function dropAdd<T extends tf.Tensor>(drop: DropPath | null, branch: T, x: T): T {
  return tf.add(drop === null ? branch : drop.call(branch), x);
}

class EdgeNeXtStage extends Module {
  downsample: Sequential | null;
  blocks: Sequential;

  constructor(settings: EdgeNeXtSettings, stage: number, dropPathRates: readonly number[]) {
    super();
    const { dims, heads = 8, overlapping = false } = settings;
    const width = dims[stage]!;
    const before = dims[stage - 1] ?? width;
    const isFirst = stage === 0;
    this.downsample =
      isFirst || overlapping
        ? null
        : new Sequential([new LayerNorm2d(before, { epsilon }), new Conv2d(before, width, 2, { stride: 2 })]);
    this.blocks = new Sequential(
      dropPathRates.map((dropPathRate, i) => {
        const options = { overlapping, dropPathRate };
        if (!isFirst && i === dropPathRates.length - 1) {
          return new SplitTransposeBlock(width, SCALES[stage]!, heads, stage === POSITION_STAGE, options);
        }
        const halves = overlapping && !isFirst && i === 0;
        return new ConvBlock(halves ? before : width, width, KERNELS[stage]!, halves ? 2 : 1, options);
      }),
    );
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.downsample === null ? x : this.downsample.call(x);
    return this.blocks.call(y) as tf.Tensor4D;
  }
}

class EdgeNeXt extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = stageGroups;
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'stem.0';
  stem: Sequential;
  stages: Sequential;
  head: NormMlpHead;

  constructor(settings: EdgeNeXtSettings, options: ModelOptions) {
    super();
    const { depths, dims, overlapping = false } = settings;
    this.stem = new Sequential([
      overlapping
        ? new Conv2d(options.inChannels, dims[0], 9, { stride: 4, padding: 4, bias: false })
        : new Conv2d(options.inChannels, dims[0], 4, { stride: 4 }),
      new LayerNorm2d(dims[0], { epsilon }),
    ]);
    const total = depths.reduce((sum, depth) => sum + depth, 0);
    let index = 0;
    this.stages = new Sequential(
      depths.map((depth, stage) => {
        const rates = Array.from({ length: depth }, () => dropPathAt(options.dropPathRate, index++, total));
        return new EdgeNeXtStage(settings, stage, rates);
      }),
    );
    const { globalPool = 'avg', dropRate } = options;
    this.head = new NormMlpHead(dims[3], classesOf(options), { globalPool, dropRate, epsilon });
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
    initWeights(this, () => init.truncatedNormal(0.02, 0, -0.04, 0.04));
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.stages.call(this.stem.call(x)) as tf.Tensor4D;
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

export const edgenext: AnyFamily = defineFamily<EdgeNeXtSettings>({
  name: 'edgenext',
  build: (settings, options) => new EdgeNeXt(settings, options),
  imageSize: () => 256,
  inputRule: () => ({ minimum: 32 }),
  variants: {
    edgenext_xx_small: { depths: [2, 2, 6, 2], dims: [24, 48, 88, 168], heads: 4 },
    edgenext_x_small: { depths: [3, 3, 9, 3], dims: [32, 64, 100, 192], heads: 4 },
    edgenext_small: { depths: [3, 3, 9, 3], dims: [48, 96, 160, 304] },
    edgenext_base: { depths: [3, 3, 9, 3], dims: [80, 160, 288, 584] },
    edgenext_small_rw: { depths: [3, 3, 9, 3], dims: [48, 96, 192, 384], overlapping: true },
  },
});
