// Aligned Xception: Chen et al. 2018 (arXiv 1802.02611). Structure and names as in timm, which added the forms with norm and
// activation before the convolutions (p).
import { activate } from '@podium/engine';
import {
  Activation,
  BatchNorm2d,
  Conv2d,
  DropPath,
  type GlobalPool,
  Identity,
  Module,
  Sequential,
} from '@podium/nn';
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

type Widths = readonly [number, number, number];

interface BlockPlan {
  /** Channels of the three convolutions. */
  readonly widths: Widths;
  readonly stride: 1 | 2;
  /** The last block: no shortcut, and activations after all norms instead of before the convolutions. */
  readonly isLast?: boolean;
}

interface XceptionAlignedSettings {
  readonly blocks: readonly BlockPlan[];
  /** Norm and activation before the convolutions. */
  readonly preActivation?: boolean;
  /** Of the norms. Default 1e-5. */
  readonly epsilon?: number;
}

const STEM = [32, 64] as const;
const plain = { bias: false } as const;

function depthwise(channels: number, stride: number): Conv2d {
  return new Conv2d(channels, channels, 3, { ...plain, stride, padding: 1, groups: channels });
}

/** A depthwise 3x3 and a pointwise convolution, each with a norm. */
class SeparableConv2d extends Module {
  conv_dw: Conv2d;
  bn_dw: BatchNorm2d;
  conv_pw: Conv2d;
  bn_pw: BatchNorm2d;

  constructor(
    from: number,
    to: number,
    stride: number,
    epsilon: number | undefined,
    activated: { readonly inside: boolean; readonly after: boolean },
  ) {
    super();
    this.conv_dw = depthwise(from, stride);
    this.bn_dw = new BatchNorm2d(from, { epsilon, activation: activated.inside ? 'relu' : 'linear' });
    this.conv_pw = new Conv2d(from, to, 1, plain);
    this.bn_pw = new BatchNorm2d(to, { epsilon, activation: activated.after ? 'relu' : 'linear' });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.bn_dw.call(this.conv_dw.call(x));
    return this.bn_pw.call(this.conv_pw.call(y));
  }
}

/** Norm and activation before a depthwise 3x3 and a pointwise convolution. */
class PreSeparableConv2d extends Module {
  norm: BatchNorm2d | null;
  conv_dw: Conv2d;
  conv_pw: Conv2d;

  constructor(from: number, to: number, stride: number, norm: BatchNorm2d | null) {
    super();
    this.norm = norm;
    this.conv_dw = depthwise(from, stride);
    this.conv_pw = new Conv2d(from, to, 1, plain);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.norm === null ? x : this.norm.call(x);
    return this.conv_pw.call(this.conv_dw.call(y));
  }
}

interface ModuleOptions {
  readonly epsilon: number | undefined;
  readonly dropPathRate: number;
}

/** Three separable convolutions and a shortcut. */
class XceptionModule extends Module {
  readonly hasShortcut: boolean;
  shortcut: ConvBnAct | null;
  stack: Sequential;
  drop_path: DropPath | null;

  constructor(from: number, plan: BlockPlan, { epsilon, dropPathRate }: ModuleOptions) {
    super();
    const { widths, stride, isLast = false } = plan;
    const to = widths[2];
    this.hasShortcut = !isLast;
    const isProjected = this.hasShortcut && (from !== to || stride !== 1);
    this.shortcut = isProjected
      ? new ConvBnAct(from, to, 1, { stride, epsilon, activation: 'linear' })
      : null;
    const layers = widths.flatMap((width, i): [string, Module<[x: never], tf.Tensor>][] => {
      // The ReLU between two convolutions is part of the norm before it.
      const act = i === 0 ? new Activation('relu') : new Identity();
      const activated = { inside: isLast, after: isLast || i < 2 };
      const convolution = new SeparableConv2d(
        widths[i - 1] ?? from,
        width,
        i === 2 ? stride : 1,
        epsilon,
        activated,
      );
      const named: [string, Module<[x: never], tf.Tensor>] = [`conv${i + 1}`, convolution];
      return isLast ? [named] : [[`act${i + 1}`, act], named];
    });
    this.stack = new Sequential(Object.fromEntries(layers));
    this.drop_path = this.hasShortcut && dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.stack.call(x) as tf.Tensor4D;
    if (!this.hasShortcut) return y;
    if (this.drop_path !== null) y = this.drop_path.call(y) as tf.Tensor4D;
    return this.shortcut === null ? tf.add(y, x) : this.shortcut.call(x, y);
  }
}

/** The same with norms and activations before the convolutions, and a shortcut from the activated input. */
class PreXceptionModule extends Module {
  readonly hasShortcut: boolean;
  shortcut: Conv2d | null;
  norm: BatchNorm2d;
  stack: Sequential;
  drop_path: DropPath | null;

  constructor(from: number, plan: BlockPlan, { epsilon, dropPathRate }: ModuleOptions) {
    super();
    const { widths, stride, isLast = false } = plan;
    const to = widths[2];
    const makeNorm = (channels: number) => new BatchNorm2d(channels, { epsilon, activation: 'relu' });
    this.hasShortcut = !isLast;
    const isProjected = this.hasShortcut && (from !== to || stride !== 1);
    this.shortcut = isProjected ? new Conv2d(from, to, 1, { ...plain, stride }) : null;
    this.norm = makeNorm(from);
    const layers = widths.map((width, i) => {
      const inner = widths[i - 1] ?? from;
      const norm = i === 0 ? null : makeNorm(inner);
      return [`conv${i + 1}`, new PreSeparableConv2d(inner, width, i === 2 ? stride : 1, norm)] as const;
    });
    this.stack = new Sequential(Object.fromEntries(layers));
    this.drop_path = this.hasShortcut && dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const input = this.norm.call(x);
    let y = this.stack.call(input) as tf.Tensor4D;
    if (!this.hasShortcut) return y;
    if (this.drop_path !== null) y = this.drop_path.call(y) as tf.Tensor4D;
    return tf.add(y, this.shortcut === null ? input : this.shortcut.call(input));
  }
}

class XceptionAligned extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^stem\./, blocks: /^blocks\.(\d+)\./ };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'stem.0.conv';
  readonly preActivation: boolean;
  stem: Sequential;
  blocks: Sequential;
  head: ClassifierHead;

  constructor({ blocks, preActivation = false, epsilon }: XceptionAlignedSettings, options: ModelOptions) {
    super();
    const [first, second] = STEM;
    this.preActivation = preActivation;
    this.stem = new Sequential([
      new ConvBnAct(options.inChannels, first, 3, { stride: 2, epsilon }),
      preActivation
        ? new Conv2d(first, second, 3, { ...plain, padding: 1 })
        : new ConvBnAct(first, second, 3, { epsilon }),
    ]);
    const Block = preActivation ? PreXceptionModule : XceptionModule;
    this.blocks = new Sequential(
      blocks.map((plan, i) => {
        const dropPathRate = dropPathAt(options.dropPathRate, i, blocks.length);
        return new Block(blocks[i - 1]?.widths[2] ?? second, plan, { epsilon, dropPathRate });
      }),
    );
    this.featureInfo = featuresOf(blocks, preActivation ? 'conv2' : 'act3');
    const { globalPool = 'avg', dropRate } = options;
    this.head = new ClassifierHead(blocks.at(-1)!.widths[2], classesOf(options), globalPool, dropRate);
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.blocks.call(this.stem.call(x)) as tf.Tensor4D;
    return this.preActivation ? activate(y, 'relu') : y;
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

/** Before the last convolution of each block with a stride, and the last block. */
function featuresOf(blocks: readonly BlockPlan[], tap: string): FeatureStage[] {
  let reduction = 2;
  const info: FeatureStage[] = [];
  for (const [i, { widths, stride }] of blocks.entries()) {
    if (stride === 1) continue;
    info.push({ channels: widths[1], reduction, module: `blocks.${i}.stack.${tap}` });
    reduction *= stride;
  }
  return [...info, { channels: blocks.at(-1)!.widths[2], reduction, module: `blocks.${blocks.length - 1}` }];
}

function block(width: number, stride: 1 | 2): BlockPlan {
  return { widths: [width, width, width], stride };
}

const entry = [block(128, 2), block(256, 2), block(728, 2)];
const longEntry = [block(128, 2), block(256, 1), block(256, 2), block(728, 1), block(728, 2)];

function flows(first: readonly BlockPlan[], middle: number): BlockPlan[] {
  return [
    ...first,
    ...Array.from({ length: middle }, () => block(728, 1)),
    { widths: [728, 1024, 1024], stride: 2 },
    { widths: [1536, 1536, 2048], stride: 1, isLast: true },
  ];
}

const epsilon = 1e-3;
const preActivation = true;

export const xceptionAligned: AnyFamily = defineFamily<XceptionAlignedSettings>({
  name: 'xception_aligned',
  build: (settings, options) => new XceptionAligned(settings, options),
  imageSize: () => 299,
  variants: {
    xception41: { blocks: flows(entry, 8), epsilon },
    xception41p: { blocks: flows(entry, 8), preActivation },
    xception65: { blocks: flows(entry, 16), epsilon },
    xception65p: { blocks: flows(entry, 16), preActivation, epsilon },
    xception71: { blocks: flows(longEntry, 16), epsilon },
  },
});
