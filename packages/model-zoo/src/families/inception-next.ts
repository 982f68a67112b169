// InceptionNeXt: Yu et al. 2023 (arXiv 2303.16900). Structure and names as in timm.
import { activate } from '@podium/engine';
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  DropPath,
  type GlobalPool,
  init,
  LayerNorm,
  Linear,
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
  dropPathAt,
  type FeatureStage,
  ImageModel,
  type ModelOptions,
  makeClassifier,
  makePool,
} from '../image-model.ts';
import { initWeights } from '../init-weights.ts';
import { fitPool } from './shared/fit-pool.ts';
import { ScaledMlp } from './shared/scaled-mlp.ts';
import { stageGroups } from './shared/stage-groups.ts';

type Four = readonly [number, number, number, number];

interface InceptionNeXtSettings {
  readonly depths: Four;
  readonly dims: Four;
  /** Length of the kernels that are one pixel thin. Default 11. */
  readonly bandKernel?: number;
  /** Share of the channels that each of the three convolutions gets. Default 1/8. */
  readonly branchRatio?: number;
}

const LAYER_SCALE = 1e-6;
/** Inner channels of the blocks per channel, by stage. */
const EXPANSIONS: Four = [4, 4, 4, 3];
const HEAD_EXPANSION = 3;

/** Depthwise 3x3, 1xk and kx1 convolutions of a few channels each; the others pass as they are. `[B,H,W,C] -> [B,H,W,C]` */
class InceptionDepthwiseConv extends Module {
  /** Of the four parts. */
  readonly widths: readonly number[];
  dwconv_hw: Conv2d;
  dwconv_w: Conv2d;
  dwconv_h: Conv2d;

  constructor(channels: number, { bandKernel = 11, branchRatio = 0.125 }: InceptionNeXtSettings) {
    super();
    const width = Math.floor(channels * branchRatio);
    const band = Math.floor(bandKernel / 2);
    this.widths = [channels - 3 * width, width, width, width];
    this.dwconv_hw = new Conv2d(width, width, 3, { padding: 1, groups: width });
    this.dwconv_w = new Conv2d(width, width, [1, bandKernel], { padding: [0, band], groups: width });
    this.dwconv_h = new Conv2d(width, width, [bandKernel, 1], { padding: [band, 0], groups: width });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [rest, square, row, column] = tf.split(x, [...this.widths], 3) as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    return tf.concat(
      [rest, this.dwconv_hw.call(square), this.dwconv_w.call(row), this.dwconv_h.call(column)],
      3,
    );
  }
}

class MetaNeXtBlock extends Module {
  token_mixer: InceptionDepthwiseConv;
  norm: BatchNorm2d;
  mlp: ScaledMlp;
  gamma: Parameter;
  drop_path: DropPath | null;

  constructor(channels: number, expansion: number, settings: InceptionNeXtSettings, dropPathRate: number) {
    super();
    this.token_mixer = new InceptionDepthwiseConv(channels, settings);
    this.norm = new BatchNorm2d(channels);
    this.mlp = new ScaledMlp(channels, expansion * channels, { convMlp: true });
    this.gamma = new Parameter([channels], init.constant(LAYER_SCALE));
    this.drop_path = dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.norm.call(this.token_mixer.call(x));
    const branch = this.mlp.call(y, this.gamma.data as tf.Tensor1D);
    return tf.add(this.drop_path === null ? branch : this.drop_path.call(branch), x);
  }
}

class MetaNeXtStage extends Module {
  downsample: Sequential | null;
  blocks: Sequential;

  constructor(from: number, to: number, isFirst: boolean, blocks: readonly MetaNeXtBlock[]) {
    super();
    this.downsample = isFirst
      ? null
      : new Sequential([new BatchNorm2d(from), new Conv2d(from, to, 2, { stride: 2 })]);
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.downsample === null ? x : this.downsample.call(x);
    return this.blocks.call(y) as tf.Tensor4D;
  }
}

/** Pools, expands, normalizes, drops, classifies, `[B,H,W,C] -> [B,K]`. */
class MlpHead extends Module<[x: tf.Tensor4D, options?: { readonly preLogits?: boolean }], tf.Tensor> {
  readonly channels: number;
  readonly numFeatures: number;
  global_pool: SelectAdaptivePool2d;
  fc1: Linear;
  norm: LayerNorm;
  drop: Dropout;
  fc2: Classifier;

  constructor(channels: number, options: ModelOptions) {
    super();
    this.channels = channels;
    this.numFeatures = HEAD_EXPANSION * channels;
    const { pool, features } = makePool(options.globalPool ?? 'avg', channels);
    this.global_pool = pool;
    this.fc1 = new Linear(features, this.numFeatures);
    this.norm = new LayerNorm(this.numFeatures, { epsilon: 1e-6 });
    this.drop = new Dropout(options.dropRate);
    this.fc2 = makeClassifier(this.numFeatures, classesOf(options));
  }

  forward(x: tf.Tensor4D, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    let y = this.fc1.call(this.global_pool.call(x));
    y = this.norm.call(activate(y, 'gelu'));
    y = this.drop.call(y);
    return preLogits ? y : this.fc2.call(y);
  }

  /** @throws PodiumError `zoo-global-pool` if the new pooling gives another number of features: the layer after it stays */
  reset(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    this.global_pool = fitPool(globalPool, this.channels, this.fc1.inFeatures);
    this.fc2.dispose();
    this.fc2 = makeClassifier(this.numFeatures, classes);
  }
}

class InceptionNeXt extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = stageGroups;
  readonly classifierPath = 'head.fc2';
  readonly firstConvPath = 'stem.0';
  stem: Sequential;
  stages: Sequential;
  head: MlpHead;

  constructor(settings: InceptionNeXtSettings, options: ModelOptions) {
    super();
    const { dims, depths } = settings;
    this.stem = new Sequential([
      new Conv2d(options.inChannels, dims[0], 4, { stride: 4 }),
      new BatchNorm2d(dims[0]),
    ]);
    const total = depths.reduce((sum, depth) => sum + depth, 0);
    let index = 0;
    this.stages = new Sequential(
      depths.map((depth, stage) => {
        const width = dims[stage]!;
        const blocks = Array.from({ length: depth }, () => {
          const rate = dropPathAt(options.dropPathRate, index++, total);
          return new MetaNeXtBlock(width, EXPANSIONS[stage]!, settings, rate);
        });
        return new MetaNeXtStage(dims[stage - 1] ?? width, width, stage === 0, blocks);
      }),
    );
    this.head = new MlpHead(dims[3], options);
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
    initWeights(this, () => init.truncatedNormal(0.02));
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

export const inceptionNext: AnyFamily = defineFamily<InceptionNeXtSettings>({
  name: 'inception-next',
  build: (settings, options) => new InceptionNeXt(settings, options),
  inputRule: () => ({ minimum: 32 }),
  variants: {
    inception_next_atto: {
      depths: [2, 2, 6, 2],
      dims: [40, 80, 160, 320],
      bandKernel: 9,
      branchRatio: 0.25,
    },
    inception_next_tiny: { depths: [3, 3, 9, 3], dims: [96, 192, 384, 768] },
    inception_next_small: { depths: [3, 3, 27, 3], dims: [96, 192, 384, 768] },
    inception_next_base: { depths: [3, 3, 27, 3], dims: [128, 256, 512, 1024] },
  },
});
