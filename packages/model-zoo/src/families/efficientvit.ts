// EfficientViT of MIT: Cai et al. 2023 (arXiv 2205.14756), with attention whose cost grows linearly with the number of pixels.
// Structure and names as in timm.
import { type Activation, castTo } from '@podium/engine';
import {
  Activation as ActivationLayer,
  BatchNorm2d,
  Conv2d,
  Dropout,
  type GlobalPool,
  LayerNorm,
  Linear,
  Module,
  ModuleList,
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
  type FeatureStage,
  ImageModel,
  type ModelOptions,
  makeClassifier,
  makePool,
} from '../image-model.ts';
import { roundHalfEven } from './shared/efficient-plan.ts';
import { fitPool } from './shared/fit-pool.ts';

type Five = readonly [number, number, number, number, number];

interface EfficientViTSettings {
  /** Channels of the stem and of the stages. */
  readonly widths: Five;
  /** Blocks of the stem and of the stages. */
  readonly depths: Five;
  readonly headFeatures: number;
  /** Channels of the two layers before the classifier. */
  readonly head: readonly [conv: number, linear: number];
  /** The L variants: full convolutions in the first stages, attention only in the last. */
  readonly large?: boolean;
}

/** What all layers of a network share. */
interface Style {
  readonly activation: Activation;
  readonly epsilon: number;
}

interface ConvOptions {
  readonly stride?: number;
  readonly groups?: number;
  /** A norm, or a bias instead. Default true. */
  readonly normed?: boolean;
  /** Default true. */
  readonly activated?: boolean;
}

type Residual = [x: tf.Tensor4D, residual?: tf.Tensor4D];

const EPSILON = 1e-5;
const SCALE = 5;

/** Convolution, batch norm or bias, shortcut, activation. */
class ConvNormAct extends Module<Residual> {
  conv: Conv2d;
  norm: BatchNorm2d | null;
  act: ActivationLayer | null;

  constructor(from: number, to: number, kernel: number, style: Style, options: ConvOptions = {}) {
    super();
    const { stride = 1, groups = 1, normed = true, activated = true } = options;
    this.conv = new Conv2d(from, to, kernel, { stride, groups, padding: (kernel - 1) / 2, bias: !normed });
    const activation = activated ? style.activation : 'linear';
    this.norm = normed ? new BatchNorm2d(to, { epsilon: style.epsilon, activation }) : null;
    this.act = normed || !activated ? null : new ActivationLayer(activation);
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    const y = this.conv.call(x);
    if (this.norm !== null) return this.norm.call(y, residual);
    return this.act === null ? y : (this.act.call(y) as tf.Tensor4D);
  }
}

/** Convolutions in a row, the last with an optional shortcut. */
class ConvChain extends Sequential {
  override call(...inputs: Residual): tf.Tensor4D {
    return super.call(...(inputs as unknown as [x: tf.Tensor])) as tf.Tensor4D;
  }

  override forward(x: tf.Tensor, residual?: tf.Tensor4D): tf.Tensor4D {
    let y = x as tf.Tensor4D;
    const layers = this.items as unknown as ConvNormAct[];
    for (const [i, layer] of layers.entries())
      y = layer.call(y, i === layers.length - 1 ? residual : undefined);
    return y;
  }
}

interface LocalOptions {
  readonly stride?: number;
  readonly expansion: number;
  /** Norms only after the last convolution. */
  readonly fewerNorms?: boolean;
  /** Full convolutions instead of depthwise ones. */
  readonly full?: boolean;
}

/** Depthwise separable, inverted residual, or the same with a full convolution; without a shortcut. */
function localBlock(from: number, to: number, style: Style, options: LocalOptions): ConvChain {
  const { stride = 1, expansion, fewerNorms = false, full = false } = options;
  const inner = roundHalfEven(from * expansion);
  const normed = !fewerNorms;
  const last = { activated: false };
  if (expansion === 1) {
    return full
      ? new ConvChain({
          conv1: new ConvNormAct(from, inner, 3, style, { stride, normed }),
          conv2: new ConvNormAct(inner, to, 3, style, last),
        })
      : new ConvChain({
          depth_conv: new ConvNormAct(from, from, 3, style, { stride, groups: from, normed }),
          point_conv: new ConvNormAct(from, to, 1, style, last),
        });
  }
  return full
    ? new ConvChain({
        spatial_conv: new ConvNormAct(from, inner, 3, style, { stride, normed }),
        point_conv: new ConvNormAct(inner, to, 1, style, last),
      })
    : new ConvChain({
        inverted_conv: new ConvNormAct(from, inner, 1, style, { normed }),
        depth_conv: new ConvNormAct(inner, inner, 3, style, { stride, groups: inner, normed }),
        point_conv: new ConvNormAct(inner, to, 1, style, last),
      });
}

class Projection extends Module {
  conv: Conv2d;

  constructor(from: number, to: number) {
    super();
    this.conv = new Conv2d(from, to, 1, { bias: false });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv.call(x);
  }
}

/** ReLU linear attention at two scales, `[B,H,W,C] -> [B,H,W,C]`: `q (k^T v)` instead of `(q k^T) v`. */
class LiteAttention extends Module<Residual> {
  readonly headFeatures: number;
  qkv: Projection;
  aggreg: ModuleList<Sequential>;
  proj: ConvNormAct;

  constructor(channels: number, headFeatures: number, style: Style) {
    super();
    this.headFeatures = headFeatures;
    const heads = Math.floor(channels / headFeatures);
    const width = heads * headFeatures;
    this.qkv = new Projection(channels, 3 * width);
    this.aggreg = new ModuleList([
      new Sequential([
        new Conv2d(3 * width, 3 * width, SCALE, { padding: 2, groups: 3 * width, bias: false }),
        new Conv2d(3 * width, 3 * width, 1, { groups: 3 * heads, bias: false }),
      ]),
    ]);
    this.proj = new ConvNormAct(2 * width, channels, 1, style, { activated: false });
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width] = x.shape;
    const qkv = this.qkv.call(x);
    const scales = tf.concat([qkv, ...this.aggreg.items.map((op) => op.call(qkv) as tf.Tensor4D)], 3);
    const heads = scales.shape[3] / (3 * this.headFeatures);
    const parts = tf.reshape(scales, [batch, height * width, heads, 3, this.headFeatures]);
    // 3 x [B,heads,N,d], in float32: sums over all positions are divided by each other.
    const [q, k, v] = tf.unstack(castTo(tf.transpose(parts, [3, 0, 2, 1, 4]), 'float32')) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const queries = tf.relu(q);
    const keys = tf.relu(k);
    const context = tf.matMul(keys, v, true);
    const sums = tf.sum(keys, 2, true);
    const weight = tf.add(tf.matMul(queries, sums, false, true), EPSILON);
    const mixed = tf.transpose(tf.div(tf.matMul(queries, context), weight), [0, 2, 1, 3]);
    return this.proj.call(tf.reshape(mixed, [batch, height, width, heads * this.headFeatures]), residual);
  }
}

/** A block under the name `main`, with a shortcut if shapes allow one. */
class ResidualBlock extends Module {
  readonly hasShortcut: boolean;
  main: ConvChain | LiteAttention;

  constructor(main: ConvChain | LiteAttention, hasShortcut: boolean) {
    super();
    this.hasShortcut = hasShortcut;
    this.main = main;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.main.call(x, this.hasShortcut ? x : undefined);
  }
}

class EfficientViTBlock extends Module {
  context_module: ResidualBlock;
  local_module: ResidualBlock;

  constructor(channels: number, headFeatures: number, expansion: number, style: Style) {
    super();
    this.context_module = new ResidualBlock(new LiteAttention(channels, headFeatures, style), true);
    const local = localBlock(channels, channels, style, { expansion, fewerNorms: true });
    this.local_module = new ResidualBlock(local, true);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.local_module.call(this.context_module.call(x));
  }
}

class EfficientViTStage extends Module {
  blocks: Sequential;

  constructor(blocks: readonly (ResidualBlock | EfficientViTBlock)[]) {
    super();
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.blocks.call(x) as tf.Tensor4D;
  }
}

function makeStage(settings: EfficientViTSettings, stage: number, style: Style): EfficientViTStage {
  const { widths, depths, headFeatures, large = false } = settings;
  const [from, to, depth] = [widths[stage]!, widths[stage + 1]!, depths[stage + 1]!];
  const attends = stage >= (large ? 3 : 2);
  const fewerNorms = large ? stage >= 2 : attends;
  const full = large && !fewerNorms;
  const expansion = large ? (attends ? 24 : 16) : 4;
  const first = new ResidualBlock(
    localBlock(from, to, style, { stride: 2, expansion, fewerNorms, full }),
    false,
  );
  // The first block counts as one of the depth in the first stages of the smaller networks.
  const rest = Array.from({ length: attends || large ? depth : depth - 1 }, () =>
    attends
      ? new EfficientViTBlock(to, headFeatures, large ? 6 : 4, style)
      : new ResidualBlock(localBlock(to, to, style, { expansion: 4, fewerNorms, full }), true),
  );
  return new EfficientViTStage([first, ...rest]);
}

/** Expands, pools, classifies with a hidden layer, `[B,H,W,C] -> [B,K]`. */
class EfficientViTHead extends Module<
  [x: tf.Tensor4D, options?: { readonly preLogits?: boolean }],
  tf.Tensor
> {
  readonly widths: EfficientViTSettings['head'];
  in_conv: ConvNormAct;
  global_pool: SelectAdaptivePool2d;
  /** Linear layer, norm, activation, dropout, classifier. */
  classifier: Sequential;

  constructor(channels: number, widths: EfficientViTSettings['head'], style: Style, options: ModelOptions) {
    super();
    this.widths = widths;
    const [width, hidden] = widths;
    this.in_conv = new ConvNormAct(channels, width, 1, style);
    const { pool, features } = makePool(options.globalPool ?? 'avg', width);
    this.global_pool = pool;
    this.classifier = new Sequential([
      new Linear(features, hidden, { bias: false }),
      new LayerNorm(hidden, { epsilon: style.epsilon }),
      new ActivationLayer(style.activation),
      new Dropout(options.dropRate),
      makeClassifier(hidden, classesOf(options)),
    ]);
  }

  forward(x: tf.Tensor4D, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    let y: tf.Tensor = this.global_pool.call(this.in_conv.call(x));
    for (const layer of this.classifier.items.slice(0, preLogits ? -1 : undefined)) y = layer.call(y);
    return y;
  }

  /** @throws PodiumError `zoo-global-pool` if the new pooling gives another number of features: the layer after it stays */
  reset(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const [width, hidden] = this.widths;
    const features = width * this.global_pool.featureMultiplier;
    this.global_pool = fitPool(globalPool, width, features);
    (this.classifier.items.at(-1) as Classifier).dispose();
    this.classifier.items[this.classifier.length - 1] = makeClassifier(hidden, classes);
  }
}

class EfficientViT extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^stem\./, blocks: /^stages\.(\d+)\.blocks\.(\d+)\./ };
  readonly classifierPath = 'head.classifier.4';
  readonly firstConvPath = 'stem.in_conv.conv';
  stem: Sequential;
  stages: Sequential;
  head: EfficientViTHead;

  constructor(settings: EfficientViTSettings, options: ModelOptions) {
    super();
    const { widths, depths, head, large = false } = settings;
    const style: Style = large
      ? { activation: 'geluTanh', epsilon: 1e-7 }
      : { activation: 'hardSwish', epsilon: 1e-5 };
    const [width] = widths;
    const local = () => localBlock(width, width, style, { expansion: 1, full: large });
    this.stem = new Sequential({
      in_conv: new ConvNormAct(options.inChannels, width, 3, style, { stride: 2 }),
      ...Object.fromEntries(
        Array.from({ length: depths[0] }, (_, i) => [`res${i}`, new ResidualBlock(local(), true)]),
      ),
    });
    const stages = [0, 1, 2, 3];
    this.stages = new Sequential(stages.map((stage) => makeStage(settings, stage, style)));
    this.head = new EfficientViTHead(widths[4], head, style, options);
    this.numFeatures = head[1];
    this.featureInfo = stages.map((i) => ({
      channels: widths[i + 1]!,
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

const large = true;

export const efficientvit: AnyFamily = defineFamily<EfficientViTSettings>({
  name: 'efficientvit',
  dropPath: false,
  build: (settings, options) => new EfficientViT(settings, options),
  variants: {
    efficientvit_b0: {
      widths: [8, 16, 32, 64, 128],
      depths: [1, 2, 2, 2, 2],
      headFeatures: 16,
      head: [1024, 1280],
    },
    efficientvit_b1: {
      widths: [16, 32, 64, 128, 256],
      depths: [1, 2, 3, 3, 4],
      headFeatures: 16,
      head: [1536, 1600],
    },
    efficientvit_b2: {
      widths: [24, 48, 96, 192, 384],
      depths: [1, 3, 4, 4, 6],
      headFeatures: 32,
      head: [2304, 2560],
    },
    efficientvit_b3: {
      widths: [32, 64, 128, 256, 512],
      depths: [1, 4, 6, 6, 9],
      headFeatures: 32,
      head: [2304, 2560],
    },
    efficientvit_l1: {
      widths: [32, 64, 128, 256, 512],
      depths: [1, 1, 1, 6, 6],
      headFeatures: 32,
      head: [3072, 3200],
      large,
    },
    efficientvit_l2: {
      widths: [32, 64, 128, 256, 512],
      depths: [1, 2, 2, 8, 8],
      headFeatures: 32,
      head: [3072, 3200],
      large,
    },
    efficientvit_l3: {
      widths: [64, 128, 256, 512, 1024],
      depths: [1, 2, 2, 8, 8],
      headFeatures: 32,
      head: [6144, 6400],
      large,
    },
  },
});
