// PP-HGNet and PP-HGNetV2 of PaddleClas: networks without a paper, whose weights are distilled as in Cui et al. 2021 (arXiv
// 2103.05959). Structure and names as in timm.
import { globalAveragePool2d, padImage, scaleChannels } from '@podium/engine';
import {
  Activation as ActivationLayer,
  BatchNorm2d,
  Conv2d,
  Dropout,
  DropPath,
  type GlobalPool,
  init,
  MaxPool2d,
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
import { channelAffine } from './shared/channel-affine.ts';
import { fitPool } from './shared/fit-pool.ts';
import { stageGroups } from './shared/stage-groups.ts';

type Four = readonly [number, number, number, number];

interface HGNetSettings {
  readonly version: 1 | 2;
  /** Channels of the stem's layers. Of V2: inside and at the end. */
  readonly stem: readonly number[];
  /** Layers per block. */
  readonly layers: number;
  /** Channels of the layers, by stage. */
  readonly inner: Four;
  /** Channels of the blocks, by stage. */
  readonly out: Four;
  /** Blocks per stage. */
  readonly blocks: Four;
  /** A learned factor and offset after each activation. */
  readonly affine?: boolean;
}

interface ConvOptions {
  readonly stride?: number;
  readonly groups?: number;
  /** Zeros on the right and at the bottom only. */
  readonly padEnd?: boolean;
  /** Default true. */
  readonly activated?: boolean;
  readonly affine: boolean;
}

const HEAD_WIDTH = 2048;
const he = init.kaimingNormal({ mode: 'fanOut', nonlinearity: 'relu' });

/** One factor and one offset for all values, `[B,H,W,C] -> [B,H,W,C]`. */
class LearnableAffine extends Module {
  scale: Parameter = new Parameter([1], init.ones);
  bias: Parameter = new Parameter([1], init.zeros);

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const perChannel = (value: Parameter) => tf.tile(value.data as tf.Tensor1D, [x.shape[3]]);
    return channelAffine(x, perChannel(this.scale), { offset: perChannel(this.bias) });
  }
}

class ConvBnAct extends Module {
  conv: Conv2d;
  bn: BatchNorm2d;
  lab: LearnableAffine | null;

  constructor(
    from: number,
    to: number,
    kernel: number,
    { stride = 1, groups = 1, padEnd = false, activated = true, affine }: ConvOptions,
  ) {
    super();
    const padding = padEnd
      ? ([
          [0, 1],
          [0, 1],
        ] as const)
      : Math.floor((kernel - 1) / 2);
    this.conv = new Conv2d(from, to, kernel, { stride, groups, padding, bias: false, init: he });
    this.bn = new BatchNorm2d(to, { activation: activated ? 'relu' : 'linear' });
    this.lab = activated && affine ? new LearnableAffine() : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.bn.call(this.conv.call(x));
    return this.lab === null ? y : this.lab.call(y);
  }
}

/** A pointwise and a depthwise convolution. */
class LightConvBnAct extends Module {
  conv1: ConvBnAct;
  conv2: ConvBnAct;

  constructor(from: number, to: number, kernel: number, affine: boolean) {
    super();
    this.conv1 = new ConvBnAct(from, to, 1, { activated: false, affine });
    this.conv2 = new ConvBnAct(to, to, kernel, { groups: to, affine });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv2.call(this.conv1.call(x));
  }
}

/** Squeeze-and-excitation with a single layer (Lee and Park 2020, arXiv 1911.06667). */
class EffectiveSqueezeExcite extends Module {
  conv: Conv2d;

  constructor(channels: number) {
    super();
    this.conv = new Conv2d(channels, channels, 1, { init: he });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, , , channels] = x.shape;
    const means = tf.reshape(globalAveragePool2d(x), [batch, 1, 1, channels]) as tf.Tensor4D;
    const scores = tf.reshape(this.conv.call(means), [batch, channels]) as tf.Tensor2D;
    return scaleChannels(x, tf.sigmoid(scores));
  }
}

/** Three 3x3 convolutions and max pooling, `[B,H,W,C] -> [B,H/4,W/4,C']`. */
class StemV1 extends Module {
  stem: Sequential;
  pool: MaxPool2d = new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 });

  constructor(inChannels: number, widths: readonly number[]) {
    super();
    this.stem = new Sequential(
      widths.map((width, i) => {
        const stride = i === 0 ? 2 : 1;
        return new ConvBnAct(widths[i - 1] ?? inChannels, width, 3, { stride, affine: false });
      }),
    );
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.pool.call(this.stem.call(x) as tf.Tensor4D);
  }
}

/** Two 2x2 convolutions beside max pooling, between 3x3 convolutions with stride 2. */
class StemV2 extends Module {
  stem1: ConvBnAct;
  stem2a: ConvBnAct;
  stem2b: ConvBnAct;
  stem3: ConvBnAct;
  stem4: ConvBnAct;
  pool: MaxPool2d = new MaxPool2d({ kernelSize: 2, stride: 1, ceilMode: true });

  constructor(inChannels: number, inner: number, out: number, affine: boolean) {
    super();
    const half = Math.floor(inner / 2);
    this.stem1 = new ConvBnAct(inChannels, inner, 3, { stride: 2, affine });
    this.stem2a = new ConvBnAct(inner, half, 2, { affine });
    this.stem2b = new ConvBnAct(half, inner, 2, { padEnd: true, affine });
    this.stem3 = new ConvBnAct(2 * inner, inner, 3, { stride: 2, affine });
    this.stem4 = new ConvBnAct(inner, out, 1, { affine });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    // The zeros take part in the maximum.
    const y = padImage(this.stem1.call(x), [
      [0, 1],
      [0, 1],
    ]);
    const convolved = this.stem2b.call(this.stem2a.call(y));
    return this.stem4.call(this.stem3.call(tf.concat([this.pool.call(y), convolved], 3)));
  }
}

interface BlockOptions {
  readonly inner: number;
  readonly out: number;
  readonly layers: number;
  readonly light: boolean;
  readonly version: 1 | 2;
  readonly affine: boolean;
  readonly dropPathRate: number;
}

/** Layers in a row, whose outputs are aggregated together: `[B,H,W,C] -> [B,H,W,out]`. */
class HighPerfGpuBlock extends Module {
  readonly hasShortcut: boolean;
  /** Each called by the block. */
  layers: Sequential;
  aggregation: Sequential;
  drop_path: DropPath | null;

  constructor(channels: number, hasShortcut: boolean, options: BlockOptions) {
    super();
    const { inner, out, layers, light, version, affine, dropPathRate } = options;
    this.hasShortcut = hasShortcut;
    this.layers = new Sequential(
      Array.from({ length: layers }, (_, i) => {
        const from = i === 0 ? channels : inner;
        return light ? new LightConvBnAct(from, inner, 5, affine) : new ConvBnAct(from, inner, 3, { affine });
      }),
    );
    const all = channels + layers * inner;
    const squeezed = Math.floor(out / 2);
    this.aggregation = new Sequential(
      version === 1
        ? [new ConvBnAct(all, out, 1, { affine }), new EffectiveSqueezeExcite(out)]
        : [new ConvBnAct(all, squeezed, 1, { affine }), new ConvBnAct(squeezed, out, 1, { affine })],
    );
    this.drop_path = hasShortcut && dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const outputs = [x];
    for (const layer of this.layers.items) outputs.push(layer.call(outputs.at(-1)!));
    const y = this.aggregation.call(tf.concat(outputs, 3)) as tf.Tensor4D;
    if (!this.hasShortcut) return y;
    return tf.add(this.drop_path === null ? y : this.drop_path.call(y), x);
  }
}

class HighPerfGpuStage extends Module {
  downsample: ConvBnAct | null;
  blocks: Sequential;

  constructor(channels: number, isFirst: boolean, options: readonly BlockOptions[]) {
    super();
    this.downsample = isFirst
      ? null
      : new ConvBnAct(channels, channels, 3, {
          stride: 2,
          groups: channels,
          activated: false,
          affine: false,
        });
    this.blocks = new Sequential(
      options.map((block, i) => new HighPerfGpuBlock(i === 0 ? channels : block.out, i > 0, block)),
    );
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.blocks.call(this.downsample === null ? x : this.downsample.call(x)) as tf.Tensor4D;
  }
}

/** Pools, expands, drops, classifies, `[B,H,W,C] -> [B,K]`. */
class HGNetHead extends Module<[x: tf.Tensor4D, options?: { readonly preLogits?: boolean }], tf.Tensor> {
  readonly channels: number;
  global_pool: SelectAdaptivePool2d;
  /** A linear layer, which timm keeps as a convolution. */
  last_conv: Sequential;
  dropout: Dropout;
  fc: Classifier;

  constructor(channels: number, options: ModelOptions, affine: boolean) {
    super();
    this.channels = channels;
    const { pool, features } = makePool(options.globalPool ?? 'avg', channels);
    this.global_pool = pool;
    this.last_conv = new Sequential([
      new Conv2d(features, HEAD_WIDTH, 1, { bias: false, init: he }),
      new ActivationLayer('relu'),
      ...(affine ? [new LearnableAffine()] : []),
    ]);
    this.dropout = new Dropout(options.dropRate);
    this.fc = makeClassifier(HEAD_WIDTH, classesOf(options));
    initWeights(this.fc, () => undefined);
  }

  forward(x: tf.Tensor4D, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    const pooled = this.global_pool.call(x);
    const isVector = pooled.rank === 2;
    let y = this.last_conv.call(
      isVector ? tf.reshape(pooled, [pooled.shape[0]!, 1, 1, pooled.shape[1]!]) : pooled,
    );
    if (isVector) y = tf.reshape(y, [y.shape[0]!, HEAD_WIDTH]);
    y = this.dropout.call(y);
    return preLogits ? y : this.fc.call(y);
  }

  /** @throws PodiumError `zoo-global-pool` if the new pooling gives another number of features: the layer after it stays */
  reset(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    this.global_pool = fitPool(globalPool, this.channels, this.channels * this.global_pool.featureMultiplier);
    this.fc.dispose();
    this.fc = makeClassifier(HEAD_WIDTH, classes);
  }
}

class HGNet extends ImageModel {
  readonly numFeatures = HEAD_WIDTH;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = stageGroups;
  readonly classifierPath = 'head.fc';
  readonly firstConvPath: string;
  stem: StemV1 | StemV2;
  stages: Sequential;
  head: HGNetHead;

  constructor(settings: HGNetSettings, options: ModelOptions) {
    super();
    const { stem, version, out, affine = false } = settings;
    this.firstConvPath = version === 1 ? 'stem.stem.0.conv' : 'stem.stem1.conv';
    this.stem =
      version === 1
        ? new StemV1(options.inChannels, stem)
        : new StemV2(options.inChannels, stem[0]!, stem[1]!, affine);
    this.stages = makeStages(settings, options.dropPathRate);
    this.head = new HGNetHead(out[3], options, affine);
    this.featureInfo = out.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
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

function makeStages(settings: HGNetSettings, dropPathRate: number): Sequential {
  const { version, stem, layers, affine = false } = settings;
  const total = settings.blocks.reduce((sum, count) => sum + count, 0);
  let index = 0;
  return new Sequential(
    settings.blocks.map((count, stage) => {
      const options = Array.from({ length: count }, () => ({
        inner: settings.inner[stage]!,
        out: settings.out[stage]!,
        layers,
        light: version === 2 && stage > 1,
        version,
        affine,
        dropPathRate: dropPathAt(dropPathRate, index++, total),
      }));
      return new HighPerfGpuStage(settings.out[stage - 1] ?? stem.at(-1)!, stage === 0, options);
    }),
  );
}

const affine = true;

/** Settings in the order of PaddleClas' tables. */
function row(
  version: 1 | 2,
  stem: readonly number[],
  layers: number,
  inner: Four,
  out: Four,
  blocks: Four,
  rest: Pick<HGNetSettings, 'affine'> = {},
): HGNetSettings {
  return { version, stem, layers, inner, out, blocks, ...rest };
}

export const hgnet: AnyFamily = defineFamily<HGNetSettings>({
  name: 'hgnet',
  build: (settings, options) => new HGNet(settings, options),
  variants: {
    hgnet_tiny: row(1, [48, 48, 96], 5, [96, 128, 160, 192], [224, 448, 512, 768], [1, 1, 2, 1]),
    hgnet_small: row(1, [64, 64, 128], 6, [128, 160, 192, 224], [256, 512, 768, 1024], [1, 1, 2, 1]),
    hgnet_base: row(1, [96, 96, 160], 7, [192, 224, 256, 288], [320, 640, 960, 1280], [1, 2, 3, 2]),
    hgnetv2_b0: row(2, [16, 16], 3, [16, 32, 64, 128], [64, 256, 512, 1024], [1, 1, 2, 1], { affine }),
    hgnetv2_b1: row(2, [24, 32], 3, [32, 48, 96, 192], [64, 256, 512, 1024], [1, 1, 2, 1], { affine }),
    hgnetv2_b2: row(2, [24, 32], 4, [32, 64, 128, 256], [96, 384, 768, 1536], [1, 1, 3, 1], { affine }),
    hgnetv2_b3: row(2, [24, 32], 5, [32, 64, 128, 256], [128, 512, 1024, 2048], [1, 1, 3, 1], { affine }),
    hgnetv2_b4: row(2, [32, 48], 6, [48, 96, 192, 384], [128, 512, 1024, 2048], [1, 1, 3, 1]),
    hgnetv2_b5: row(2, [32, 64], 6, [64, 128, 256, 512], [128, 512, 1024, 2048], [1, 2, 5, 2]),
    hgnetv2_b6: row(2, [48, 96], 6, [96, 192, 384, 768], [192, 512, 1024, 2048], [2, 3, 6, 3]),
  },
});
