// RepViT: Wang et al. 2023 (arXiv 2307.09283). Structure and names as in timm. The branches of its token mixers become one
// depthwise convolution in the inference form.
import {
  BatchNorm2d,
  Conv2d,
  convolutionOf,
  Dropout,
  type GlobalPool,
  Identity,
  identityKernel,
  init,
  kernelOf,
  Module,
  normalized,
  type Reparameterizable,
  type SelectAdaptivePool2d,
  Sequential,
  SqueezeExcite,
  summed,
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
import { channelAffine } from './shared/channel-affine.ts';
import { ConvNorm } from './shared/conv-norm.ts';
import { roundChannels } from './shared/efficient-plan.ts';
import { stageGroups } from './shared/stage-groups.ts';

interface RepViTSettings {
  readonly widths: readonly [number, number, number, number];
  readonly depths: readonly [number, number, number, number];
  /** The first published networks: a norm per branch instead of one for all. */
  readonly legacy?: boolean;
}

const EXPANSION = 2;
const activation = 'gelu';

/** A depthwise 1x1 convolution and a shortcut: one factor and one offset per channel. */
class PointwiseShortcut extends Conv2d {
  constructor(channels: number) {
    super(channels, channels, 1, { groups: channels });
  }

  override forward(x: tf.Tensor4D): tf.Tensor4D {
    const factors = tf.add(tf.reshape(this.weight.data, [this.outChannels]), 1) as tf.Tensor1D;
    return channelAffine(x, factors, { offset: this.bias!.data as tf.Tensor1D });
  }
}

/** A 3x3 and a 1x1 depthwise convolution and a shortcut, `[B,H,W,C] -> [B,H,W,C]`. */
class RepVggDepthwise extends Module implements Reparameterizable {
  conv: ConvNorm;
  conv1: PointwiseShortcut;
  bn: BatchNorm2d;

  constructor(channels: number) {
    super();
    this.conv = new ConvNorm(channels, channels, 3, { groups: channels });
    this.conv1 = new PointwiseShortcut(channels);
    this.bn = new BatchNorm2d(channels);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.bn.call(this.conv.call(x, this.conv1.call(x)));
  }

  reparameterize(): Module {
    const { c, bn } = this.conv;
    const branches = () => summed([kernelOf(c, bn), kernelOf(this.conv1), identityKernel(c)]);
    return convolutionOf(() => normalized(branches(), this.bn), c);
  }
}

/** The same with a norm after each convolution and none after the sum. */
class LegacyRepVggDepthwise extends Module implements Reparameterizable {
  conv: ConvNorm;
  conv1: ConvNorm;

  constructor(channels: number) {
    super();
    this.conv = new ConvNorm(channels, channels, 3, { groups: channels });
    this.conv1 = new ConvNorm(channels, channels, 1, { groups: channels });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv.call(x, this.conv1.call(x, x));
  }

  reparameterize(): Module {
    const branches = [this.conv, this.conv1].map(
      ({ c, bn }) =>
        () =>
          kernelOf(c, bn),
    );
    return convolutionOf(
      () => summed([...branches.map((make) => make()), identityKernel(this.conv.c)]),
      this.conv.c,
    );
  }
}

/** Pointwise layers with a shortcut around them. */
class RepViTMlp extends Module {
  conv1: ConvNorm;
  conv2: ConvNorm;

  constructor(channels: number) {
    super();
    this.conv1 = new ConvNorm(channels, EXPANSION * channels, 1, { activation });
    this.conv2 = new ConvNorm(EXPANSION * channels, channels, 1, { startsAtZero: true });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv2.call(this.conv1.call(x), x);
  }
}

class RepViTBlock extends Module {
  token_mixer: RepVggDepthwise | LegacyRepVggDepthwise;
  se: SqueezeExcite | null;
  channel_mixer: RepViTMlp;

  constructor(channels: number, isGated: boolean, legacy: boolean) {
    super();
    this.token_mixer = legacy ? new LegacyRepVggDepthwise(channels) : new RepVggDepthwise(channels);
    this.se = isGated ? new SqueezeExcite(channels, { reduced: roundChannels(channels / 4, 0) }) : null;
    this.channel_mixer = new RepViTMlp(channels);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.token_mixer.call(x);
    if (this.se !== null) y = this.se.call(y);
    return this.channel_mixer.call(y);
  }
}

/** Halves the map: a block, a depthwise convolution with stride 2, a pointwise one, and pointwise layers. */
class RepViTDownsample extends Module {
  pre_block: RepViTBlock;
  spatial_downsample: ConvNorm;
  channel_downsample: ConvNorm;
  ffn: RepViTMlp;

  constructor(from: number, to: number, legacy: boolean) {
    super();
    this.pre_block = new RepViTBlock(from, false, legacy);
    this.spatial_downsample = new ConvNorm(from, from, 3, { stride: 2, groups: from });
    this.channel_downsample = new ConvNorm(from, to, 1);
    this.ffn = new RepViTMlp(to);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.pre_block.call(x);
    y = this.spatial_downsample.call(y);
    y = this.channel_downsample.call(y);
    return this.ffn.call(y);
  }
}

class RepViTStage extends Module {
  downsample: RepViTDownsample | null;
  blocks: Sequential;

  constructor(from: number, to: number, depth: number, isFirst: boolean, legacy: boolean) {
    super();
    this.downsample = isFirst ? null : new RepViTDownsample(from, to, legacy);
    // Every second block has a gate.
    this.blocks = new Sequential(
      Array.from({ length: depth }, (_, i) => new RepViTBlock(to, i % 2 === 0, legacy)),
    );
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.blocks.call(this.downsample === null ? x : this.downsample.call(x)) as tf.Tensor4D;
  }
}

class RepViTStem extends Module {
  conv1: ConvNorm;
  conv2: ConvNorm;

  constructor(inChannels: number, width: number) {
    super();
    this.conv1 = new ConvNorm(inChannels, Math.floor(width / 2), 3, { stride: 2, activation });
    this.conv2 = new ConvNorm(Math.floor(width / 2), width, 3, { stride: 2 });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv2.call(this.conv1.call(x));
  }
}

/** Batch norm and linear layer, `[B,C] -> [B,K]`; without classes neither. */
class NormLinear extends Module<[x: tf.Tensor], tf.Tensor> {
  bn: BatchNorm2d | Identity;
  l: Classifier;

  constructor(features: number, classes: Classes) {
    super();
    this.bn = classes === 0 ? new Identity() : new BatchNorm2d(features);
    this.l = makeClassifier(features, classes);
    initWeights(this.l, () => init.truncatedNormal(0.02));
  }

  forward(x: tf.Tensor): tf.Tensor {
    if (!(this.bn instanceof BatchNorm2d)) return this.l.call(x);
    const { shape } = x;
    const isVector = x.rank === 2;
    const map = (isVector ? tf.reshape(x, [shape[0]!, 1, 1, shape[1]!]) : x) as tf.Tensor4D;
    const y = this.bn.call(map);
    return this.l.call(isVector ? tf.reshape(y, shape) : y);
  }
}

/** The mean of two classifiers, as in DeiT: the second learned from a teacher. */
class RepViTClassifier extends Module<[x: tf.Tensor], tf.Tensor> {
  head: NormLinear;
  head_dist: NormLinear | null;

  constructor(features: number, classes: Classes, distilled: boolean) {
    super();
    this.head = new NormLinear(features, classes);
    this.head_dist = distilled ? new NormLinear(features, classes) : null;
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = this.head.call(x);
    return this.head_dist === null ? y : tf.mul(tf.add(y, this.head_dist.call(x)), 0.5);
  }
}

class RepViT extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = stageGroups;
  readonly classifierPath = 'head.head.l';
  override readonly classifierPaths: readonly string[] = ['head.head.l', 'head.head_dist.l'];
  readonly firstConvPath = 'stem.conv1.c';
  stem: RepViTStem;
  stages: Sequential;
  global_pool: SelectAdaptivePool2d;
  head_drop: Dropout;
  head: RepViTClassifier;

  constructor({ widths, depths, legacy = false }: RepViTSettings, options: ModelOptions) {
    super();
    this.stem = new RepViTStem(options.inChannels, widths[0]);
    this.stages = new Sequential(
      widths.map((width, i) => new RepViTStage(widths[i - 1] ?? width, width, depths[i]!, i === 0, legacy)),
    );
    this.featureInfo = widths.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
    const { pool, features } = makePool(options.globalPool ?? 'avg', widths[3]);
    this.numFeatures = features;
    this.global_pool = pool;
    this.head_drop = new Dropout(options.dropRate);
    this.head = new RepViTClassifier(features, classesOf(options), true);
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.stages.call(this.stem.call(x)) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const y = this.head_drop.call(this.global_pool.call(features));
    return preLogits ? y : this.head.call(y);
  }

  /** The new classifier is a single one, as in timm. */
  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const channels = this.numFeatures / this.global_pool.featureMultiplier;
    const { pool, features } = makePool(globalPool, channels);
    this.global_pool = pool;
    (this as { numFeatures: number }).numFeatures = features;
    this.head.dispose();
    this.head = new RepViTClassifier(features, classes, false);
  }

  override makeClassifierLinear(): void {
    this.head.head.bn.dispose();
    this.head.head.bn = new Identity();
    this.head.head_dist?.dispose();
    this.head.head_dist = null;
  }
}

const legacy = true;
const small = { widths: [48, 96, 192, 384], depths: [2, 2, 14, 2] } as const;
const medium = { widths: [64, 128, 256, 512], depths: [2, 2, 12, 2] } as const;

export const repvit: AnyFamily = defineFamily<RepViTSettings>({
  name: 'repvit',
  dropPath: false,
  build: (settings, options) => new RepViT(settings, options),
  variants: {
    repvit_m1: { ...small, legacy },
    repvit_m2: { ...medium, legacy },
    repvit_m3: { widths: [64, 128, 256, 512], depths: [4, 4, 18, 2], legacy },
    repvit_m0_9: small,
    repvit_m1_0: { widths: [56, 112, 224, 448], depths: [2, 2, 14, 2] },
    repvit_m1_1: medium,
    repvit_m1_5: { widths: [64, 128, 256, 512], depths: [4, 4, 24, 4] },
    repvit_m2_3: { widths: [80, 160, 320, 640], depths: [6, 6, 34, 2] },
  },
});
