// ReXNet: Han et al. 2020 (arXiv 2007.00992). Structure and names as in timm.
import { activate, globalAveragePool2d, scaleChannels } from '@podium/engine';
import { BatchNorm2d, Conv2d, DropPath, type GlobalPool, Module, Sequential } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { ClassifierHead } from '../classifier-head.ts';
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
import { ConvBnAct } from './shared/conv-bn-act.ts';
import { roundChannels, roundHalfEven } from './shared/efficient-plan.ts';
import { initializeAsGoogle } from './shared/initialize-as-google.ts';

interface RexNetSettings {
  /** Factor of all channels. */
  readonly width: number;
  /** All channels are multiples of it. */
  readonly divisor: number;
}

interface BlockPlan {
  readonly from: number;
  readonly to: number;
  readonly stride: number;
  readonly expansion: number;
  readonly isGated: boolean;
}

/** Blocks per stage, and the stride of the first of each. */
const STAGES = [
  [1, 1],
  [2, 2],
  [2, 2],
  [3, 2],
  [3, 1],
  [5, 2],
] as const;
const BLOCKS = 16;
const STEM_WIDTH = 32;
/** Channels of the first block, and how many more the last has. */
const FIRST_WIDTH = 16;
const GROWTH = 180;
const EXPANSION = 6;
const LAST_WIDTH = 1280;
/** The first blocks have no gate. */
const UNGATED = 3;
const GATE_RATIO = 1 / 12;

/** Squeeze-and-excitation with a batch norm between its layers, `[B,H,W,C] -> [B,H,W,C]`. */
class NormedSqueezeExcite extends Module {
  fc1: Conv2d;
  bn: BatchNorm2d;
  fc2: Conv2d;

  constructor(channels: number, reduced: number) {
    super();
    this.fc1 = new Conv2d(channels, reduced, 1);
    this.bn = new BatchNorm2d(reduced, { activation: 'relu' });
    this.fc2 = new Conv2d(reduced, channels, 1);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, , , channels] = x.shape;
    const means = tf.reshape(globalAveragePool2d(x), [batch, 1, 1, channels]) as tf.Tensor4D;
    const scores = this.fc2.call(this.bn.call(this.fc1.call(means)));
    return scaleChannels(x, tf.sigmoid(tf.reshape(scores, [batch, channels])) as tf.Tensor2D);
  }
}

/** An inverted residual whose shortcut adds to the first channels only, since each block has more than the one before. */
class LinearBottleneck extends Module {
  readonly hasShortcut: boolean;
  /** Channels that the input lacks. */
  readonly more: number;
  conv_exp: ConvBnAct | null;
  conv_dw: ConvBnAct;
  se: NormedSqueezeExcite | null;
  conv_pwl: ConvBnAct;
  drop_path: DropPath | null;

  constructor(
    { from, to, stride, expansion, isGated }: BlockPlan,
    { divisor }: RexNetSettings,
    dropPathRate: number,
  ) {
    super();
    const inner = expansion === 1 ? from : roundChannels(from * expansion, 0.9, divisor);
    this.hasShortcut = stride === 1 && from <= to;
    this.more = to - from;
    this.conv_exp = expansion === 1 ? null : new ConvBnAct(from, inner, 1, { activation: 'silu' });
    // A gate comes between the norm and the activation.
    const activation = isGated ? 'linear' : 'relu6';
    this.conv_dw = new ConvBnAct(inner, inner, 3, { stride, groups: inner, activation });
    this.se = isGated
      ? new NormedSqueezeExcite(inner, roundChannels(Math.floor(inner * GATE_RATIO), 0.9, divisor))
      : null;
    this.conv_pwl = new ConvBnAct(inner, to, 1, { activation: 'linear' });
    this.drop_path = this.hasShortcut && dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv_exp === null ? x : this.conv_exp.call(x);
    y = this.conv_dw.call(y);
    if (this.se !== null) y = activate(this.se.call(y), 'relu6');
    if (!this.hasShortcut) return this.conv_pwl.call(y);
    const shortcut = this.padded(x);
    if (this.drop_path === null) return this.conv_pwl.call(y, shortcut);
    return tf.add(this.drop_path.call(this.conv_pwl.call(y)), shortcut);
  }

  /** With zeros for the channels that the input lacks. */
  private padded(x: tf.Tensor4D): tf.Tensor4D {
    if (this.more === 0) return x;
    return tf.pad(x, [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, this.more],
    ]);
  }
}

class RexNet extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^stem\./, blocks: /^features\.(\d+)\./ };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'stem.conv';
  stem: ConvBnAct;
  /** The blocks, and a pointwise convolution. */
  features: Sequential;
  head: ClassifierHead;

  constructor(settings: RexNetSettings, options: ModelOptions) {
    super();
    const { width, divisor } = settings;
    const stemWidth = roundChannels(roundHalfEven(STEM_WIDTH * width), 0.9, divisor);
    const plans = planBlocks(settings, stemWidth);
    const channels = plans.at(-1)!.to;
    const last = roundChannels(LAST_WIDTH * width, 0.9, divisor);
    this.stem = new ConvBnAct(options.inChannels, stemWidth, 3, { stride: 2, activation: 'silu' });
    this.features = new Sequential([
      ...plans.map(
        (plan, i) => new LinearBottleneck(plan, settings, dropPathAt(options.dropPathRate, i, BLOCKS)),
      ),
      new ConvBnAct(channels, last, 1, { activation: 'silu' }),
    ]);
    this.featureInfo = featuresOf(plans);
    const { globalPool = 'avg', dropRate } = options;
    this.head = new ClassifierHead(last, classesOf(options), globalPool, dropRate);
    initializeAsGoogle(this);
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.features.call(this.stem.call(x)) as tf.Tensor4D;
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

/** Channels grow by the same number from block to block. */
function planBlocks({ width, divisor }: RexNetSettings, stemWidth: number): BlockPlan[] {
  const strides = STAGES.flatMap(([count, stride]) =>
    Array.from({ length: count }, (_, i) => (i === 0 ? stride : 1)),
  );
  let from = stemWidth;
  return strides.map((stride, i) => {
    const wanted = FIRST_WIDTH + (GROWTH / BLOCKS) * i;
    const to = roundChannels(roundHalfEven(wanted * width), 0.9, divisor);
    const plan = { from, to, stride, expansion: i === 0 ? 1 : EXPANSION, isGated: i >= UNGATED };
    from = to;
    return plan;
  });
}

/** The last block before each stride, and the last of all. */
function featuresOf(plans: readonly BlockPlan[]): FeatureStage[] {
  let reduction = 2;
  const info: FeatureStage[] = [];
  for (const [i, { from, stride }] of plans.entries()) {
    if (stride === 1) continue;
    info.push({ channels: from, reduction, module: `features.${i - 1}` });
    reduction *= stride;
  }
  return [...info, { channels: plans.at(-1)!.to, reduction, module: `features.${BLOCKS - 1}` }];
}

export const rexnet: AnyFamily = defineFamily<RexNetSettings>({
  name: 'rexnet',
  dropRate: 0.2,
  build: (settings, options) => new RexNet(settings, options),
  variants: {
    rexnet_100: { width: 1, divisor: 1 },
    rexnet_130: { width: 1.3, divisor: 1 },
    rexnet_150: { width: 1.5, divisor: 1 },
    rexnet_200: { width: 2, divisor: 1 },
    rexnet_300: { width: 3, divisor: 1 },
    rexnetr_100: { width: 1, divisor: 8 },
    rexnetr_130: { width: 1.3, divisor: 8 },
    rexnetr_150: { width: 1.5, divisor: 8 },
    rexnetr_200: { width: 2, divisor: 8 },
    rexnetr_300: { width: 3, divisor: 16 },
  },
});
