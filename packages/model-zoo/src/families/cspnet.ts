// CSPNet: Wang et al. 2019 (arXiv 1911.11929), DarkNet: Redmon and Farhadi 2018 (1804.02767), and timm's variants with a single
// transition (cs3). Structure and names as in timm.
import { activate, globalAveragePool2d, scaleChannels } from '@podium/engine';
import {
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  DropPath,
  type GlobalPool,
  Identity,
  init,
  MaxPool2d,
  Module,
  Parameter,
  Sequential,
  SqueezeExcite,
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
import { initWeights } from '../init-weights.ts';
import { roundChannels } from './shared/efficient-plan.ts';

type Act = 'leakyRelu' | 'silu';

/** A value per stage. Missing ones at the end are the last one. */
type PerStage<T> = readonly [T, ...T[]];

interface CspNetSettings {
  readonly stem: {
    readonly widths: readonly number[];
    /** Of its convolutions. Default 3. */
    readonly kernel?: number;
    /** Of the first convolution. Default: half the kernel. */
    readonly padding?: number;
    /** Of the first convolution. */
    readonly stride: 1 | 2;
    /** Max pooling at its end, with stride 2. */
    readonly pooled?: boolean;
  };
  readonly depths: readonly number[];
  readonly widths: readonly number[];
  /** Default 2 in all stages. */
  readonly strides?: PerStage<1 | 2>;
  readonly stage: 'dark' | 'csp' | 'cs3';
  readonly block: 'bottle' | 'dark' | 'edge';
  /** Of convolutions larger than 1x1. Default 1. */
  readonly groups?: PerStage<number>;
  /** Channels of the blocks, per channel of the stage. */
  readonly blockRatios: PerStage<number>;
  /** Channels within the blocks, per channel of the blocks. */
  readonly bottleRatios: PerStage<number>;
  /** Channels of the two paths together, per channel of the stage. Default 1. */
  readonly expandRatios?: PerStage<number>;
  /** Whether the layer before the two paths has no activation. */
  readonly crossLinear?: boolean;
  /** Whether the convolution that halves the map has the channels of its stage, not those of the one before. */
  readonly downGrowth?: boolean;
  /** Average pooling instead of a convolution with stride 2. */
  readonly averageDown?: boolean;
  /** Channels of the gates in the blocks, per channel. Default: no gates. */
  readonly gateRatio?: number;
  /** Default `leakyRelu`. */
  readonly activation?: Act;
}

const LEAK = 0.01;

interface ConvOptions {
  readonly activation: Act | undefined;
  readonly stride?: number;
  readonly groups?: number;
  readonly padding?: number;
}

/** Convolution, batch norm, shortcut, activation. */
class ConvNormAct extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  readonly isLeaky: boolean;
  conv: Conv2d;
  bn: BatchNorm2d;

  constructor(from: number, to: number, kernel: number, options: ConvOptions) {
    super();
    const { stride = 1, groups = 1, activation } = options;
    const padding = options.padding ?? Math.floor((stride - 1 + kernel - 1) / 2);
    this.isLeaky = activation === 'leakyRelu';
    this.conv = new Conv2d(from, to, kernel, { stride, groups, padding, bias: false });
    this.bn = new BatchNorm2d(to, { activation: activation === 'silu' ? 'silu' : 'linear' });
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    const y = this.bn.call(this.conv.call(x), residual);
    return this.isLeaky ? leakyRelu(y) : y;
  }
}

function leakyRelu(x: tf.Tensor4D): tf.Tensor4D {
  return tf.leakyRelu(x, LEAK);
}

interface BlockOptions {
  readonly bottleRatio: number;
  readonly groups: number;
  readonly gateRatio: number | undefined;
  readonly activation: Act;
  readonly dropPathRate: number;
}

/** A gate whose hidden layer has a leaky ReLU. */
class LeakySqueezeExcite extends SqueezeExcite {
  declare fc1: Conv2d;
  declare fc2: Conv2d;

  override forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, , , channels] = x.shape;
    const means = tf.reshape(globalAveragePool2d(x), [batch, 1, 1, channels]) as tf.Tensor4D;
    const scores = this.fc2.call(leakyRelu(this.fc1.call(means)));
    return scaleChannels(x, tf.sigmoid(tf.reshape(scores, [batch, channels])) as tf.Tensor2D);
  }
}

function makeGate(channels: number, { gateRatio, activation }: BlockOptions): SqueezeExcite | null {
  if (gateRatio === undefined) return null;
  const reduced = roundChannels(channels * gateRatio, 0);
  return activation === 'silu'
    ? new SqueezeExcite(channels, { reduced, activation })
    : new LeakySqueezeExcite(channels, { reduced });
}

/** The last norm of a branch: its weights are 0 at first, so that the branch adds nothing. */
function startAtZero({ bn }: ConvNormAct): void {
  bn.weight = new Parameter([bn.features], init.zeros);
}

/** ResNet's bottleneck. */
class BottleneckBlock extends Module {
  readonly activation: Act;
  conv1: ConvNormAct;
  conv2: ConvNormAct;
  attn2: SqueezeExcite | null;
  /** With the activation after the shortcut, if nothing is dropped. */
  conv3: ConvNormAct;
  drop_path: DropPath | null;

  constructor(from: number, to: number, options: BlockOptions) {
    super();
    const { activation, groups, dropPathRate, bottleRatio } = options;
    const width = Math.round(to * bottleRatio);
    this.activation = activation;
    this.conv1 = new ConvNormAct(from, width, 1, { activation });
    this.conv2 = new ConvNormAct(width, width, 3, { activation, groups });
    this.attn2 = makeGate(width, options);
    this.conv3 = new ConvNormAct(width, to, 1, { activation: dropPathRate > 0 ? undefined : activation });
    startAtZero(this.conv3);
    this.drop_path = makeDropPath(options);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv2.call(this.conv1.call(x));
    if (this.attn2 !== null) y = this.attn2.call(y);
    if (this.drop_path === null) return this.conv3.call(y, x);
    const sum = tf.add(this.drop_path.call(this.conv3.call(y)), x) as tf.Tensor4D;
    return this.activation === 'silu' ? activate(sum, 'silu') : leakyRelu(sum);
  }
}

/** DarkNet's block (1x1, then 3x3), or with the kernels the other way around; the activation comes before the shortcut. */
class DarkBlock extends Module {
  conv1: ConvNormAct;
  attn: SqueezeExcite | null;
  conv2: ConvNormAct;
  drop_path: DropPath | null;

  constructor(from: number, to: number, kernels: readonly [number, number], options: BlockOptions) {
    super();
    const { activation, bottleRatio } = options;
    const width = Math.round(to * bottleRatio);
    const groupsOf = (kernel: number) => (kernel === 1 ? 1 : options.groups);
    this.conv1 = new ConvNormAct(from, width, kernels[0], { activation, groups: groupsOf(kernels[0]) });
    this.attn = makeGate(width, options);
    this.conv2 = new ConvNormAct(width, to, kernels[1], { activation, groups: groupsOf(kernels[1]) });
    startAtZero(this.conv2);
    this.drop_path = makeDropPath(options);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv1.call(x);
    if (this.attn !== null) y = this.attn.call(y);
    y = this.conv2.call(y);
    return tf.add(this.drop_path === null ? y : this.drop_path.call(y), x) as tf.Tensor4D;
  }
}

function makeDropPath({ dropPathRate }: BlockOptions): DropPath | null {
  return dropPathRate > 0 ? new DropPath(dropPathRate) : null;
}

function makeBlock(kind: CspNetSettings['block'], from: number, to: number, options: BlockOptions): Module {
  if (kind === 'bottle') return new BottleneckBlock(from, to, options);
  return new DarkBlock(from, to, kind === 'dark' ? [1, 3] : [3, 1], options);
}

/** Settings of one stage. */
interface StageOptions {
  readonly kind: CspNetSettings['stage'];
  readonly from: number;
  readonly to: number;
  readonly stride: number;
  readonly groups: number;
  readonly block: CspNetSettings['block'];
  readonly blockRatio: number;
  readonly expandRatio: number;
  readonly blocks: readonly BlockOptions[];
  readonly activation: Act;
  readonly crossLinear: boolean;
  readonly downGrowth: boolean;
  readonly averageDown: boolean;
}

function makeDown(options: StageOptions, to: number): Module {
  const { from, stride, groups, activation, averageDown } = options;
  if (!averageDown) return new ConvNormAct(from, to, 3, { activation, stride, groups }) as unknown as Module;
  return new Sequential([
    stride === 2 ? new AvgPool2d({ kernelSize: 2 }) : new Identity(),
    new ConvNormAct(from, options.to, 1, { activation, groups }),
  ]) as unknown as Module;
}

function makeBlocks({ block, blocks, to, blockRatio }: StageOptions, from: number): Sequential {
  const width = Math.round(to * blockRatio);
  return new Sequential(blocks.map((options, i) => makeBlock(block, i === 0 ? from : width, width, options)));
}

class DarkStage extends Module {
  conv_down: Module;
  blocks: Sequential;

  constructor(options: StageOptions) {
    super();
    this.conv_down = makeDown(options, options.to);
    this.blocks = makeBlocks(options, options.to);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.blocks.call(this.conv_down.call(x)) as tf.Tensor4D;
  }
}

/** Half of the channels go through the blocks, the other half past them. */
class CrossStage extends Module {
  readonly kind: 'csp' | 'cs3';
  conv_down: Module | null;
  conv_exp: ConvNormAct;
  blocks: Sequential;
  conv_transition_b: ConvNormAct | null;
  conv_transition: ConvNormAct;

  constructor(options: StageOptions) {
    super();
    const { from, to, stride, activation, crossLinear, downGrowth, expandRatio, blockRatio } = options;
    const isSingle = options.kind === 'cs3';
    this.kind = isSingle ? 'cs3' : 'csp';
    const down = downGrowth ? to : from;
    this.conv_down = stride === 1 ? null : makeDown(options, down);
    const expanded = Math.round(to * expandRatio);
    this.conv_exp = new ConvNormAct(stride === 1 ? from : down, expanded, 1, {
      activation: crossLinear ? undefined : activation,
    });
    this.blocks = makeBlocks(options, expanded / 2);
    const width = Math.round(to * blockRatio);
    this.conv_transition_b = isSingle ? null : new ConvNormAct(width, expanded / 2, 1, { activation });
    this.conv_transition = new ConvNormAct(expanded, to, 1, { activation });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.conv_exp.call(this.conv_down === null ? x : this.conv_down.call(x));
    const [first, second] = tf.split(y, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
    if (this.conv_transition_b === null) {
      return this.conv_transition.call(tf.concat([this.blocks.call(first) as tf.Tensor4D, second], 3));
    }
    const branch = this.conv_transition_b.call(this.blocks.call(second) as tf.Tensor4D);
    return this.conv_transition.call(tf.concat([first, branch], 3));
  }
}

class CspNet extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^stem\./,
    blocks: /^stages\.(\d+)\.(?:conv_down|conv_exp|blocks\.(\d+))\./,
    between: /^stages\.(\d+)\.conv_transition/,
  };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'stem.conv1.conv';
  stem: Sequential;
  stages: Sequential;
  head: ClassifierHead;

  constructor(settings: CspNetSettings, options: ModelOptions) {
    super();
    const { stem, widths, strides = [2], activation = 'leakyRelu' } = settings;
    this.stem = makeStem(stem, options.inChannels, activation);
    this.stages = makeStages(settings, options.dropPathRate);
    const { globalPool = 'avg', dropRate } = options;
    this.head = new ClassifierHead(widths.at(-1)!, classesOf(options), globalPool, dropRate);
    const maps: FeatureStage[] = [
      { channels: stem.widths.at(-1)!, reduction: stem.stride, module: `stem.conv${stem.widths.length}` },
    ];
    let reduction = stem.pooled === true ? 2 * stem.stride : stem.stride;
    for (const [i, channels] of widths.entries()) {
      reduction *= valueAt(strides, i);
      maps.push({ channels, reduction, module: `stages.${i}` });
    }
    this.featureInfo = maps;
    initWeights(this, (layer) =>
      layer instanceof Conv2d
        ? init.kaimingNormal({ mode: 'fanOut', nonlinearity: 'relu' })
        : init.normal(0, 0.01),
    );
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

function makeStem(stem: CspNetSettings['stem'], inChannels: number, activation: Act): Sequential {
  const { widths, kernel = 3, padding, stride, pooled = false } = stem;
  const layers: Record<string, Module> = {};
  for (const [i, width] of widths.entries()) {
    layers[`conv${i + 1}`] = new ConvNormAct(widths[i - 1] ?? inChannels, width, kernel, {
      activation,
      stride: i === 0 ? stride : 1,
      ...(i === 0 && padding !== undefined && { padding }),
    }) as unknown as Module;
  }
  if (pooled) layers.pool = new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 });
  return new Sequential(layers);
}

function makeStages(settings: CspNetSettings, dropPathRate: number): Sequential {
  const { depths, widths, stem, strides = [2], groups = [1], expandRatios = [1] } = settings;
  const { activation = 'leakyRelu', crossLinear = false, downGrowth = false, averageDown = false } = settings;
  const total = depths.reduce((sum, depth) => sum + depth, 0);
  let index = 0;
  return new Sequential(
    depths.map((depth, i) => {
      const options: StageOptions = {
        kind: settings.stage,
        from: widths[i - 1] ?? stem.widths.at(-1)!,
        to: widths[i]!,
        stride: valueAt(strides, i),
        groups: valueAt(groups, i),
        block: settings.block,
        blockRatio: valueAt(settings.blockRatios, i),
        expandRatio: valueAt(expandRatios, i),
        blocks: Array.from({ length: depth }, () => ({
          bottleRatio: valueAt(settings.bottleRatios, i),
          groups: valueAt(groups, i),
          gateRatio: settings.gateRatio,
          activation,
          dropPathRate: dropPathAt(dropPathRate, index++, total),
        })),
        activation,
        crossLinear,
        downGrowth,
        averageDown,
      };
      return settings.stage === 'dark' ? new DarkStage(options) : new CrossStage(options);
    }),
  );
}

function valueAt<T>(values: PerStage<T>, stage: number): T {
  return values[Math.min(stage, values.length - 1)]!;
}

const resNetStem = { widths: [64], kernel: 7, stride: 2, pooled: true } as const;
const deepStem = { widths: [32, 32, 64], stride: 2, pooled: true } as const;
const darkStem = { widths: [32], stride: 1 } as const;

const cspResNet = {
  depths: [3, 3, 5, 2],
  strides: [1, 2],
  stage: 'csp',
  block: 'bottle',
  crossLinear: true,
} as const;

const narrow = {
  ...cspResNet,
  widths: [128, 256, 512, 1024],
  expandRatios: [2],
  bottleRatios: [0.5],
  blockRatios: [1],
} as const;
const wide = { ...cspResNet, widths: [256, 512, 1024, 2048], blockRatios: [0.5] } as const;

function dark(depths: readonly number[], rest: Partial<CspNetSettings> = {}): CspNetSettings {
  return {
    stem: darkStem,
    depths,
    widths: [64, 128, 256, 512, 1024],
    stage: 'dark',
    block: 'dark',
    blockRatios: [1],
    bottleRatios: [0.5],
    ...rest,
  };
}

type Size = 's' | 'm' | 'l' | 'x';
const WIDTHS: Readonly<Record<Size, number>> = { s: 0.5, m: 0.75, l: 1, x: 1.25 };
const CS3_DEPTHS: Readonly<Record<Size, readonly number[]>> = {
  s: [1, 3, 4, 1],
  m: [2, 4, 6, 2],
  l: [3, 6, 9, 3],
  x: [3, 7, 11, 3],
};

function cs3(size: Size, rest: Partial<CspNetSettings> = {}): CspNetSettings {
  const widths = (channels: readonly number[]) => channels.map((each) => each * WIDTHS[size]);
  return {
    stem: { widths: widths([32, 64]), stride: 2 },
    depths: CS3_DEPTHS[size],
    widths: widths([128, 256, 512, 1024]),
    stage: 'cs3',
    block: 'dark',
    blockRatios: [0.5],
    bottleRatios: [1],
    activation: 'silu',
    ...rest,
  };
}

function focus(size: Size): CspNetSettings {
  return cs3(size, { stem: { widths: [64 * WIDTHS[size]], kernel: 6, padding: 2, stride: 2 } });
}

const edge = { block: 'edge', bottleRatios: [1.5] } as const;

export const cspnet: AnyFamily = defineFamily<CspNetSettings>({
  name: 'cspnet',
  build: (settings, options) => new CspNet(settings, options),
  imageSize: () => 256,
  // Without padding, pooling and the stem of even size need some pixels.
  inputRule: ({ averageDown = false, stem }) => ({
    minimum: averageDown ? 32 : stem.padding === undefined ? 1 : 2,
  }),
  variants: {
    cspresnet50: { ...narrow, stem: resNetStem },
    cspresnet50d: { ...narrow, stem: deepStem },
    cspresnet50w: { ...wide, stem: deepStem, bottleRatios: [0.25] },
    cspresnext50: { ...wide, stem: resNetStem, groups: [32], bottleRatios: [1] },
    cspdarknet53: dark([1, 2, 8, 8, 4], {
      stage: 'csp',
      expandRatios: [2, 1],
      bottleRatios: [0.5, 1],
      blockRatios: [1, 0.5],
      downGrowth: true,
    }),
    darknet17: dark([1, 1, 1, 1, 1]),
    darknet21: dark([1, 1, 1, 2, 2]),
    sedarknet21: dark([1, 1, 1, 2, 2], { gateRatio: 1 / 16 }),
    darknet53: dark([1, 2, 8, 8, 4]),
    darknetaa53: dark([1, 2, 8, 8, 4], { averageDown: true }),
    cs3darknet_s: cs3('s'),
    cs3darknet_m: cs3('m'),
    cs3darknet_l: cs3('l'),
    cs3darknet_x: cs3('x'),
    cs3darknet_focus_s: focus('s'),
    cs3darknet_focus_m: focus('m'),
    cs3darknet_focus_l: focus('l'),
    cs3darknet_focus_x: focus('x'),
    cs3sedarknet_l: cs3('l', { gateRatio: 1 / 4 }),
    cs3sedarknet_x: cs3('x', { gateRatio: 1 / 16 }),
    cs3sedarknet_xdw: {
      stem: { widths: [32, 64], stride: 2 },
      depths: [3, 6, 12, 4],
      widths: [256, 512, 1024, 2048],
      stage: 'csp',
      block: 'bottle',
      groups: [1, 1, 256, 512],
      bottleRatios: [0.5],
      blockRatios: [0.5],
      gateRatio: 1 / 16,
      activation: 'silu',
    },
    cs3edgenet_x: cs3('x', edge),
    cs3se_edgenet_x: cs3('x', { ...edge, gateRatio: 1 / 4 }),
  },
});
