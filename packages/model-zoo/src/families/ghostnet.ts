// GhostNet: Han et al. 2020 (arXiv 1911.11907), GhostNetV2: Tang et al. 2022 (2211.12905), GhostNetV3: Liu et al. 2024
// (2404.11202). Structure and names as in timm. The parallel branches of V3 become one convolution in the inference form.
import { activate } from '@podium/engine';
import {
  Activation,
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  convolutionOf,
  Dropout,
  type GlobalPool,
  identityKernel,
  kernelOf,
  Module,
  ModuleList,
  type Reparameterizable,
  type SelectAdaptivePool2d,
  Sequential,
  SqueezeExcite,
  type StateDict,
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
import { roundChannels } from './shared/efficient-plan.ts';
import { fitPool } from './shared/fit-pool.ts';

interface GhostNetSettings {
  readonly version: 1 | 2 | 3;
  /** Factor of all channels. */
  readonly width: number;
}

/** Kernel of the depthwise convolutions, channels inside and at the end of a block, stride, and whether it has a gate. */
type BlockRow = readonly [kernel: number, inner: number, out: number, stride: 1 | 2, isGated?: boolean];

const STAGES: readonly (readonly BlockRow[])[] = [
  [[3, 16, 16, 1]],
  [[3, 48, 24, 2]],
  [[3, 72, 24, 1]],
  [[5, 72, 40, 2, true]],
  [[5, 120, 40, 1, true]],
  [[3, 240, 80, 2]],
  [
    [3, 200, 80, 1],
    [3, 184, 80, 1],
    [3, 184, 80, 1],
    [3, 480, 112, 1, true],
    [3, 672, 112, 1, true],
  ],
  [[5, 672, 160, 2, true]],
  [
    [5, 960, 160, 1],
    [5, 960, 160, 1, true],
    [5, 960, 160, 1],
    [5, 960, 160, 1, true],
  ],
];
const STEM_WIDTH = 16;
const LAST_WIDTH = 960;
const HEAD_WIDTH = 1280;
/** The first blocks of V2 and V3 have no attention. */
const WITHOUT_ATTENTION = 2;
/** Branches of V3 with the full kernel. */
const BRANCHES = 3;
const GATE_RATIO = 0.25;
const noBias = { bias: false } as const;

function rounded(channels: number): number {
  return roundChannels(channels, 0.9, 4);
}

function depthwise(channels: number, kernel: readonly [number, number], stride = 1): Conv2d {
  const [rows, columns] = kernel;
  const padding = [(rows - 1) / 2, (columns - 1) / 2] as const;
  return new Conv2d(channels, channels, kernel, { ...noBias, stride, padding, groups: channels });
}

/** What V2 and V3 multiply a ghost module's output by: a gate with a long reach, computed at half the size. */
class LongRangeGate extends Sequential {
  readonly pool: AvgPool2d = new AvgPool2d({ kernelSize: 2, stride: 2 });

  constructor(from: number, to: number) {
    super([
      new Conv2d(from, to, 1, noBias),
      new BatchNorm2d(to),
      depthwise(to, [1, 5]),
      new BatchNorm2d(to),
      depthwise(to, [5, 1]),
      new BatchNorm2d(to),
    ]);
  }

  override forward(x: tf.Tensor): tf.Tensor {
    const [, height, width] = x.shape as [number, number, number, number];
    const gate = tf.sigmoid(super.forward(this.pool.call(x as tf.Tensor4D)));
    return enlarge(gate as tf.Tensor4D, height, width);
  }
}

/** Repeats rows and columns, `[B,h,w,C] -> [B,H,W,C]` with H = 2h or 2h + 1, as nearest-neighbor interpolation does. */
function enlarge(x: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [batch, rows, columns, channels] = x.shape;
  const wide = tf.reshape(tf.concat([x, x], 3), [batch * rows, 2 * columns * channels]);
  let y: tf.Tensor4D = tf.reshape(tf.concat([wide, wide], 1), [batch, 2 * rows, 2 * columns, channels]);
  // Of an odd number, the first one is there three times.
  if (height > 2 * rows) y = tf.concat([tf.slice(y, 0, [batch, 1, 2 * columns, channels]), y], 1);
  if (width > 2 * columns) y = tf.concat([tf.slice(y, 0, [batch, height, 1, channels]), y], 2);
  return y;
}

/** Half of the channels by a pointwise convolution, the others by a depthwise one on those, `[B,H,W,C] -> [B,H,W,K]`. */
class GhostModule extends Module {
  primary_conv: Sequential;
  cheap_operation: Sequential;
  short_conv: LongRangeGate | null;

  constructor(from: number, to: number, activation: 'relu' | 'linear', hasAttention: boolean) {
    super();
    const half = to / 2;
    this.primary_conv = new Sequential([
      new Conv2d(from, half, 1, noBias),
      new BatchNorm2d(half, { activation }),
    ]);
    this.cheap_operation = new Sequential([depthwise(half, [3, 3]), new BatchNorm2d(half, { activation })]);
    this.short_conv = hasAttention ? new LongRangeGate(from, to) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const primary = this.primary_conv.call(x) as tf.Tensor4D;
    const y = tf.concat([primary, this.cheap_operation.call(primary) as tf.Tensor4D], 3);
    return this.short_conv === null ? y : tf.mul(y, this.short_conv.call(x));
  }
}

/** Convolution, batch norm and shortcut, under the names `conv` and `bn1`. */
class ConvBn extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  conv: Conv2d;
  bn1: BatchNorm2d;

  constructor(conv: Conv2d, activation: 'relu' | 'linear' = 'linear') {
    super();
    this.conv = conv;
    this.bn1 = new BatchNorm2d(conv.outChannels, { activation });
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    return this.bn1.call(this.conv.call(x), residual);
  }
}

/** The sum of parallel convolutions. Each norm adds the branches before it. */
function sumOf(branches: readonly ConvBn[], x: tf.Tensor4D, first?: tf.Tensor4D): tf.Tensor4D {
  let y = first;
  for (const branch of branches) y = branch.call(x, y);
  return y!;
}

function listOf(make: () => Conv2d): ModuleList {
  return new ModuleList(Array.from({ length: BRANCHES }, () => new ConvBn(make())) as never[]);
}

function branchesOf(list: ModuleList): ConvBn[] {
  return list.items as unknown as ConvBn[];
}

/** One convolution that computes the sum of the branches. */
function merge(branches: readonly ConvBn[], skip?: BatchNorm2d): Conv2d {
  const full = branches[0]!.conv;
  return convolutionOf(() => {
    const kernels = branches.map(({ conv, bn1 }) => kernelOf(conv, bn1));
    return summed(skip === undefined ? kernels : [...kernels, identityKernel(full, skip)]);
  }, full);
}

/** The ghost module of V3: in training, several branches for each of the two convolutions. */
class GhostModuleV3 extends Module implements Reparameterizable {
  readonly activation: 'relu' | 'linear';
  primary_rpr_conv: ModuleList;
  cheap_rpr_skip: BatchNorm2d;
  cheap_rpr_conv: ModuleList;
  cheap_rpr_scale: ConvBn;
  short_conv: LongRangeGate | null;

  constructor(from: number, to: number, activation: 'relu' | 'linear', hasAttention: boolean) {
    super();
    const half = to / 2;
    this.activation = activation;
    this.primary_rpr_conv = listOf(() => new Conv2d(from, half, 1, noBias));
    this.cheap_rpr_skip = new BatchNorm2d(half);
    this.cheap_rpr_conv = listOf(() => depthwise(half, [3, 3]));
    this.cheap_rpr_scale = new ConvBn(depthwise(half, [1, 1]));
    this.short_conv = hasAttention ? new LongRangeGate(from, to) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const primary = activate(sumOf(branchesOf(this.primary_rpr_conv), x), this.activation);
    const skip = this.cheap_rpr_skip.call(primary);
    const cheap = activate(sumOf(this.cheapBranches(), primary, skip), this.activation);
    const y = tf.concat([primary, cheap], 3);
    return this.short_conv === null ? y : tf.mul(y, this.short_conv.call(x));
  }

  reparameterize(): Module {
    const primary = merge(branchesOf(this.primary_rpr_conv));
    const cheap = merge(this.cheapBranches(), this.cheap_rpr_skip);
    return new MergedGhostModule(primary, cheap, this.activation, this.short_conv?.clone() ?? null);
  }

  private cheapBranches(): ConvBn[] {
    return [...branchesOf(this.cheap_rpr_conv), this.cheap_rpr_scale];
  }
}

class MergedGhostModule extends Module {
  primary_conv: Sequential;
  cheap_operation: Sequential;
  short_conv: LongRangeGate | null;

  constructor(primary: Conv2d, cheap: Conv2d, activation: 'relu' | 'linear', gate: LongRangeGate | null) {
    super();
    this.primary_conv = new Sequential([primary, new Activation(activation)]);
    this.cheap_operation = new Sequential([cheap, new Activation(activation)]);
    this.short_conv = gate;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const primary = this.primary_conv.call(x) as tf.Tensor4D;
    const y = tf.concat([primary, this.cheap_operation.call(primary) as tf.Tensor4D], 3);
    return this.short_conv === null ? y : tf.mul(y, this.short_conv.call(x));
  }
}

interface BlockOptions {
  readonly from: number;
  readonly inner: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly isGated: boolean;
  readonly hasAttention: boolean;
}

function makeGate(channels: number): SqueezeExcite {
  return new SqueezeExcite(channels, {
    reduced: rounded(channels * GATE_RATIO),
    gate: 'hardSigmoid',
    names: ['conv_reduce', 'conv_expand'],
  });
}

/** A depthwise and a pointwise convolution if the shape changes. */
function makeShortcut({ from, to, kernel, stride }: BlockOptions): Sequential | null {
  if (from === to && stride === 1) return null;
  return new Sequential([
    depthwise(from, [kernel, kernel], stride),
    new BatchNorm2d(from),
    new Conv2d(from, to, 1, noBias),
    new BatchNorm2d(to),
  ]);
}

/** Two ghost modules, with a depthwise convolution between them if there is a stride, a gate and a shortcut. */
abstract class Bottleneck extends Module {
  abstract ghost1: Module;
  abstract se: SqueezeExcite | null;
  abstract ghost2: Module;
  abstract shortcut: Sequential | null;

  protected abstract downsample(x: tf.Tensor4D): tf.Tensor4D;

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.downsample(this.ghost1.call(x));
    if (this.se !== null) y = this.se.call(y);
    y = this.ghost2.call(y);
    return tf.add(y, this.shortcut === null ? x : this.shortcut.call(x));
  }
}

class GhostBottleneck extends Bottleneck {
  ghost1: GhostModule;
  conv_dw: Conv2d | null;
  bn_dw: BatchNorm2d | null;
  se: SqueezeExcite | null;
  ghost2: GhostModule;
  shortcut: Sequential | null;

  constructor(options: BlockOptions) {
    super();
    const { from, inner, to, kernel, stride, isGated, hasAttention } = options;
    this.ghost1 = new GhostModule(from, inner, 'relu', hasAttention);
    this.conv_dw = stride > 1 ? depthwise(inner, [kernel, kernel], stride) : null;
    this.bn_dw = stride > 1 ? new BatchNorm2d(inner) : null;
    this.se = isGated ? makeGate(inner) : null;
    this.ghost2 = new GhostModule(inner, to, 'linear', false);
    this.shortcut = makeShortcut(options);
  }

  protected downsample(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv_dw === null ? x : this.bn_dw!.call(this.conv_dw.call(x));
  }
}

class GhostBottleneckV3 extends Bottleneck implements Reparameterizable {
  ghost1: GhostModuleV3;
  dw_rpr_conv: ModuleList | null;
  dw_rpr_scale: ConvBn | null;
  se: SqueezeExcite | null;
  ghost2: GhostModuleV3;
  shortcut: Sequential | null;

  constructor(options: BlockOptions) {
    super();
    const { from, inner, to, kernel, stride, isGated, hasAttention } = options;
    this.ghost1 = new GhostModuleV3(from, inner, 'relu', hasAttention);
    this.dw_rpr_conv = stride > 1 ? listOf(() => depthwise(inner, [kernel, kernel], stride)) : null;
    this.dw_rpr_scale = stride > 1 ? new ConvBn(depthwise(inner, [1, 1], stride)) : null;
    this.se = isGated ? makeGate(inner) : null;
    this.ghost2 = new GhostModuleV3(inner, to, 'linear', false);
    this.shortcut = makeShortcut(options);
  }

  protected downsample(x: tf.Tensor4D): tf.Tensor4D {
    return this.dw_rpr_conv === null ? x : sumOf(this.downsampleBranches(), x);
  }

  reparameterize(): Module {
    return new MergedBottleneck({
      ghost1: this.ghost1.reparameterize(),
      conv_dw: this.dw_rpr_conv === null ? null : merge(this.downsampleBranches()),
      se: this.se?.clone() ?? null,
      ghost2: this.ghost2.reparameterize(),
      shortcut: this.shortcut?.clone() ?? null,
    });
  }

  private downsampleBranches(): ConvBn[] {
    return [...branchesOf(this.dw_rpr_conv!), this.dw_rpr_scale!];
  }
}

interface MergedParts {
  readonly ghost1: Module;
  readonly conv_dw: Conv2d | null;
  readonly se: SqueezeExcite | null;
  readonly ghost2: Module;
  readonly shortcut: Sequential | null;
}

class MergedBottleneck extends Bottleneck {
  ghost1: Module;
  conv_dw: Conv2d | null;
  se: SqueezeExcite | null;
  ghost2: Module;
  shortcut: Sequential | null;

  constructor({ ghost1, conv_dw, se, ghost2, shortcut }: MergedParts) {
    super();
    this.ghost1 = ghost1;
    this.conv_dw = conv_dw;
    this.se = se;
    this.ghost2 = ghost2;
    this.shortcut = shortcut;
  }

  protected downsample(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv_dw === null ? x : this.conv_dw.call(x);
  }
}

class GhostNet extends ImageModel {
  readonly numFeatures: number = HEAD_WIDTH;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^(conv_stem|bn1)\./, blocks: /^blocks\.(\d+)\.(\d+)\./ };
  readonly classifierPath = 'classifier';
  readonly firstConvPath = 'conv_stem';
  conv_stem: Conv2d;
  bn1: BatchNorm2d;
  blocks: Sequential;
  global_pool: SelectAdaptivePool2d;
  /** After pooling: a linear layer, which timm keeps as a convolution. */
  conv_head: Conv2d;
  drop: Dropout;
  classifier: Classifier;

  constructor({ version, width }: GhostNetSettings, options: ModelOptions) {
    super();
    const Block = version === 3 ? GhostBottleneckV3 : GhostBottleneck;
    const stem = rounded(STEM_WIDTH * width);
    const last = rounded(LAST_WIDTH * width);
    const info: FeatureStage[] = [{ channels: stem, reduction: 2, module: 'conv_stem' }];
    let from = stem;
    let reduction = 2;
    let index = 0;
    const stages = STAGES.map((rows, stage) => {
      const blocks = rows.map(([kernel, innerWidth, outWidth, stride, isGated = false]) => {
        const [inner, to] = [rounded(innerWidth * width), rounded(outWidth * width)];
        const hasAttention = version > 1 && index++ >= WITHOUT_ATTENTION;
        const block = new Block({ from, inner, to, kernel, stride, isGated, hasAttention });
        from = to;
        reduction *= stride;
        return block;
      });
      if (rows[0]![3] > 1) info.push({ channels: from, reduction, module: `blocks.${stage}` });
      return new Sequential(blocks);
    });
    this.conv_stem = new Conv2d(options.inChannels, stem, 3, { ...noBias, stride: 2, padding: 1 });
    this.bn1 = new BatchNorm2d(stem, { activation: 'relu' });
    const final = new Sequential([new ConvBn(new Conv2d(from, last, 1, noBias), 'relu')]);
    this.blocks = new Sequential([...stages, final]);
    this.featureInfo = info;
    const { pool, features } = makePool(options.globalPool ?? 'avg', last);
    this.global_pool = pool;
    this.conv_head = new Conv2d(features, HEAD_WIDTH, 1);
    this.drop = new Dropout(options.dropRate);
    this.classifier = makeClassifier(HEAD_WIDTH, classesOf(options));
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.blocks.call(this.bn1.call(this.conv_stem.call(x))) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const pooled = this.global_pool.call(features);
    const isVector = pooled.rank === 2;
    const map = (isVector ? tf.expandDims(tf.expandDims(pooled, 1), 1) : pooled) as tf.Tensor4D;
    const expanded = activate(this.conv_head.call(map), 'relu');
    const y = this.drop.call(isVector ? tf.squeeze(expanded, [1, 2]) : expanded);
    return preLogits ? y : this.classifier.call(y);
  }

  /** @throws PodiumError `zoo-global-pool` if the new pooling gives another number of features: the layer after it stays */
  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const channels = this.conv_head.inChannels / this.global_pool.featureMultiplier;
    this.global_pool = fitPool(globalPool, channels, this.conv_head.inChannels);
    this.classifier.dispose();
    this.classifier = makeClassifier(HEAD_WIDTH, classes);
  }
}

/** In V3's own checkpoints the norms of branches have another name, and counts of operations are stored beside the weights. */
function adaptState(state: StateDict): StateDict {
  const kept = Array.from(state).filter(([key]) => !key.includes('total_'));
  return new Map(
    kept.map(([key, tensor]) => [key.replace(/(_rpr_(?:conv\.\d+|scale)\.)bn\./, '$1bn1.'), tensor]),
  );
}

export const ghostnet: AnyFamily = defineFamily<GhostNetSettings>({
  name: 'ghostnet',
  dropRate: 0.2,
  dropPath: false,
  build: (settings, options) => new GhostNet(settings, options),
  // The gates of V2 and V3 halve a map that is 32 times smaller than the image.
  inputRule: ({ version }) => ({ minimum: version === 1 ? 1 : 33 }),
  adaptState,
  variants: {
    ghostnet_050: { version: 1, width: 0.5 },
    ghostnet_100: { version: 1, width: 1 },
    ghostnet_130: { version: 1, width: 1.3 },
    ghostnetv2_100: { version: 2, width: 1 },
    ghostnetv2_130: { version: 2, width: 1.3 },
    ghostnetv2_160: { version: 2, width: 1.6 },
    ghostnetv3_050: { version: 3, width: 0.5 },
    ghostnetv3_100: { version: 3, width: 1 },
    ghostnetv3_130: { version: 3, width: 1.3 },
    ghostnetv3_160: { version: 3, width: 1.6 },
  },
});
