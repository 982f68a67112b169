// FastViT: Vasu et al. 2023 (arXiv 2303.14189), and the image encoders of MobileCLIP (2311.17049): mci. Structure and names as
// in timm. Parallel branches become one convolution in the inference form.
import {
  Activation,
  BatchNorm2d,
  Conv2d,
  convolutionOf,
  DropPath,
  type GlobalPool,
  identityKernel,
  init,
  kernelOf,
  LayerNorm2d,
  Module,
  MultiHeadAttention,
  Parameter,
  type Reparameterizable,
  Sequential,
  SqueezeExcite,
  scaled,
  summed,
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
import { channelAffine } from './shared/channel-affine.ts';
import { roundChannels } from './shared/efficient-plan.ts';
import { ConvBn, MobileOneBlock } from './shared/mobile-one.ts';

interface FastViTSettings {
  readonly depths: readonly number[];
  readonly dims: readonly number[];
  /** Inner channels of the layers per position, per channel. */
  readonly expansion: number;
  /** The last stages, whose blocks have attention. Default 0. */
  readonly attentionStages?: number;
  /** An activation after the convolutions that halve the map. */
  readonly activatedDownsample?: boolean;
  /** Stages whose halving has a gate: the last two. */
  readonly gatedDownsample?: boolean;
  /** Of the two largest: layer norm before attention, and a stem without 1x1 branches. */
  readonly layerNorm?: boolean;
}

const LAYER_SCALE = 1e-5;
const HEAD_FEATURES = 32;
const activation = 'gelu';

/** `x * gamma + residual` with a factor per channel, which timm keeps as `[C,1,1]`. */
class LayerScale extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  gamma: Parameter;

  constructor(channels: number) {
    super();
    this.gamma = new Parameter([channels, 1, 1], init.constant(LAYER_SCALE));
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    return channelAffine(x, this.factors(), { residual });
  }

  factors(): tf.Tensor1D {
    return tf.reshape(this.gamma.data, [this.gamma.size]);
  }

  /** `drop(x * gamma) + residual` */
  dropAdd(drop: DropPath | null, x: tf.Tensor4D, residual: tf.Tensor4D): tf.Tensor4D {
    if (drop === null || !this.training) return this.call(x, residual);
    return tf.add(drop.call(this.call(x)), residual);
  }
}

/** Halves the map and changes its channels: a 7x7 and a 3x3 convolution side by side. */
class LargeKernelConv extends Module implements Reparameterizable {
  large_conv: ConvBn;
  small_conv: ConvBn;
  se: SqueezeExcite | null;
  act: Activation | null;

  constructor(from: number, to: number, gated: boolean, activated: boolean) {
    super();
    const conv = { stride: 2, groups: from };
    this.large_conv = new ConvBn(from, to, 7, conv);
    this.small_conv = new ConvBn(from, to, 3, conv);
    this.se = gated ? new SqueezeExcite(to, { reduced: roundChannels(to / 4, 0) }) : null;
    this.act = activated ? new Activation(activation) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.large_conv.call(x, this.small_conv.call(x));
    if (this.se !== null) y = this.se.call(y);
    return this.act === null ? y : (this.act.call(y) as tf.Tensor4D);
  }

  reparameterize(): Module<[x: tf.Tensor], tf.Tensor> {
    const { large_conv, small_conv } = this;
    return new Sequential({
      reparam_conv: convolutionOf(() => summed([large_conv.kernel(), small_conv.kernel()]), large_conv.conv),
      ...(this.se !== null && { se: this.se.clone() }),
      ...(this.act !== null && { act: this.act.clone() }),
    });
  }
}

class PatchEmbed extends Module {
  proj: Sequential;

  constructor(from: number, to: number, gated: boolean, activated: boolean) {
    super();
    this.proj = new Sequential([
      new LargeKernelConv(from, to, gated, activated),
      new MobileOneBlock(to, to, 1, { activation }),
    ]);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.proj.call(x) as tf.Tensor4D;
  }
}

/** Mixes neighbors: `x + scale (mixer(x) - norm(x))`, a single depthwise convolution in the inference form. */
class RepMixer extends Module implements Reparameterizable {
  norm: MobileOneBlock;
  mixer: MobileOneBlock;
  layer_scale: LayerScale;

  constructor(channels: number) {
    super();
    const conv = { groups: channels };
    this.norm = new MobileOneBlock(channels, channels, 3, { ...conv, scaleBranch: false, branches: 0 });
    this.mixer = new MobileOneBlock(channels, channels, 3, conv);
    this.layer_scale = new LayerScale(channels);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.layer_scale.call(tf.sub(this.mixer.call(x), this.norm.call(x)), x);
  }

  reparameterize(): Conv2d {
    const { conv } = this.mixer.conv_kxk.items[0] as unknown as ConvBn;
    return convolutionOf(() => {
      const norm = scaled(identityKernel(conv, this.norm.identity!), tf.fill([conv.outChannels], -1));
      const branch = scaled(summed([this.mixer.kernel(), norm]), this.layer_scale.factors());
      return summed([branch, identityKernel(conv)]);
    }, conv);
  }
}

/** A depthwise 7x7 convolution, and layers per position. */
class ConvMlp extends Module {
  conv: ConvBn;
  fc1: Conv2d;
  act: Activation;
  fc2: Conv2d;

  constructor(channels: number, hidden: number) {
    super();
    this.conv = new ConvBn(channels, channels, 7, { groups: channels });
    this.fc1 = new Conv2d(channels, hidden, 1);
    this.act = new Activation(activation);
    this.fc2 = new Conv2d(hidden, channels, 1);
    initWeights(this, () => init.truncatedNormal(0.02));
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.fc1.call(this.conv.call(x));
    return this.fc2.call(this.act.call(y) as tf.Tensor4D);
  }
}

/** Encodes positions by what surrounds them: a depthwise convolution and a shortcut (Chu et al. 2021, arXiv 2102.10882). */
class ConditionalPosition extends Module implements Reparameterizable {
  pos_enc: Conv2d;

  constructor(channels: number) {
    super();
    this.pos_enc = new Conv2d(channels, channels, 7, { padding: 3, groups: channels });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.add(this.pos_enc.call(x), x);
  }

  reparameterize(): Conv2d {
    const { pos_enc } = this;
    return convolutionOf(() => summed([kernelOf(pos_enc), identityKernel(pos_enc)]), pos_enc);
  }
}

class RepMixerBlock extends Module {
  token_mixer: RepMixer;
  mlp: ConvMlp;
  layer_scale: LayerScale;
  drop_path: DropPath | null;

  constructor(channels: number, hidden: number, dropPathRate: number) {
    super();
    this.token_mixer = new RepMixer(channels);
    this.mlp = new ConvMlp(channels, hidden);
    this.layer_scale = new LayerScale(channels);
    this.drop_path = dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.token_mixer.call(x);
    return this.layer_scale.dropAdd(this.drop_path, this.mlp.call(y), y);
  }
}

class AttentionBlock extends Module {
  norm: BatchNorm2d | LayerNorm2d;
  token_mixer: MultiHeadAttention;
  layer_scale_1: LayerScale;
  drop_path1: DropPath | null;
  mlp: ConvMlp;
  layer_scale_2: LayerScale;
  drop_path2: DropPath | null;

  constructor(channels: number, hidden: number, layerNorm: boolean, dropPathRate: number) {
    super();
    const drop = () => (dropPathRate > 0 ? new DropPath(dropPathRate) : null);
    this.norm = layerNorm ? new LayerNorm2d(channels) : new BatchNorm2d(channels);
    this.token_mixer = new MultiHeadAttention(channels, { heads: channels / HEAD_FEATURES, qkvBias: false });
    this.layer_scale_1 = new LayerScale(channels);
    this.drop_path1 = drop();
    this.mlp = new ConvMlp(channels, hidden);
    this.layer_scale_2 = new LayerScale(channels);
    this.drop_path2 = drop();
    initWeights(this.token_mixer, () => init.truncatedNormal(0.02));
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width, channels] = x.shape;
    const normal = (this.norm as BatchNorm2d).call(x);
    const mixed = this.token_mixer.call(tf.reshape(normal, [batch, height * width, channels]));
    const y = this.layer_scale_1.dropAdd(this.drop_path1, tf.reshape(mixed, x.shape), x);
    return this.layer_scale_2.dropAdd(this.drop_path2, this.mlp.call(y), y);
  }
}

class FastViTStage extends Module {
  downsample: PatchEmbed | null;
  pos_emb: ConditionalPosition | null;
  blocks: Sequential;

  constructor(settings: FastViTSettings, stage: number, dropPathRates: readonly number[]) {
    super();
    const { dims, expansion, attentionStages = 0, layerNorm = false } = settings;
    const { activatedDownsample = false, gatedDownsample = false } = settings;
    const width = dims[stage]!;
    const attends = stage >= dims.length - attentionStages;
    this.downsample =
      stage === 0
        ? null
        : new PatchEmbed(dims[stage - 1]!, width, gatedDownsample && stage > 1, activatedDownsample);
    this.pos_emb = attends ? new ConditionalPosition(width) : null;
    this.blocks = new Sequential(
      dropPathRates.map((rate) =>
        attends
          ? new AttentionBlock(width, expansion * width, layerNorm, rate)
          : new RepMixerBlock(width, expansion * width, rate),
      ),
    );
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.downsample === null ? x : this.downsample.call(x);
    if (this.pos_emb !== null) y = this.pos_emb.call(y);
    return this.blocks.call(y) as tf.Tensor4D;
  }
}

class FastViT extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^stem\./,
    blocks: /^stages\.(\d+)\.(?:downsample|pos_emb|blocks\.(\d+))\./,
  };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'stem.0.conv_kxk.0.conv';
  override readonly firstConvPaths = [this.firstConvPath, 'stem.0.conv_scale.conv'];
  stem: Sequential;
  stages: Sequential;
  final_conv: MobileOneBlock;
  head: ClassifierHead;

  constructor(settings: FastViTSettings, options: ModelOptions) {
    super();
    const { depths, dims, layerNorm = false } = settings;
    const [width, last] = [dims[0]!, dims.at(-1)!];
    const scaleBranch = !layerNorm;
    this.stem = new Sequential([
      new MobileOneBlock(options.inChannels, width, 3, { stride: 2, scaleBranch, activation }),
      new MobileOneBlock(width, width, 3, { stride: 2, groups: width, scaleBranch, activation }),
      new MobileOneBlock(width, width, 1, { activation }),
    ]);
    const total = depths.reduce((sum, depth) => sum + depth, 0);
    let index = 0;
    this.stages = new Sequential(
      depths.map((depth, stage) => {
        const rates = Array.from({ length: depth }, () => dropPathAt(options.dropPathRate, index++, total));
        return new FastViTStage(settings, stage, rates);
      }),
    );
    const features = 2 * last;
    const gate = Math.max(1, Math.floor(features / 16 + 0.5));
    this.final_conv = new MobileOneBlock(last, features, 3, { groups: last, gate, activation });
    const { globalPool = 'avg', dropRate } = options;
    this.head = new ClassifierHead(features, classesOf(options), globalPool, dropRate);
    initWeights(this.head.fc, () => init.truncatedNormal(0.02));
    this.featureInfo = dims.map((channels, i) => ({
      channels,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.stages.call(this.stem.call(x)) as tf.Tensor4D;
    return this.final_conv.call(y);
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

const small = { depths: [2, 2, 6, 2], dims: [64, 128, 256, 512] } as const;
const attention = { expansion: 4, attentionStages: 1 } as const;
const clip = { expansion: 3, attentionStages: 1, activatedDownsample: true, gatedDownsample: true } as const;
const largeClip = { expansion: 4, attentionStages: 2, activatedDownsample: true, layerNorm: true } as const;

export const fastvit: AnyFamily = defineFamily<FastViTSettings>({
  name: 'fastvit',
  build: (settings, options) => new FastViT(settings, options),
  imageSize: () => 256,
  variants: {
    fastvit_t8: { depths: [2, 2, 4, 2], dims: [48, 96, 192, 384], expansion: 3 },
    fastvit_t12: { ...small, expansion: 3 },
    fastvit_s12: { ...small, expansion: 4 },
    fastvit_sa12: { ...small, ...attention },
    fastvit_sa24: { depths: [4, 4, 12, 4], dims: [64, 128, 256, 512], ...attention },
    fastvit_sa36: { depths: [6, 6, 18, 6], dims: [64, 128, 256, 512], ...attention },
    fastvit_ma36: { depths: [6, 6, 18, 6], dims: [76, 152, 304, 608], ...attention },
    fastvit_mci0: { depths: [2, 6, 10, 2], dims: [64, 128, 256, 512], ...clip },
    fastvit_mci1: { depths: [4, 12, 20, 4], dims: [64, 128, 256, 512], ...clip },
    fastvit_mci2: { depths: [4, 12, 24, 4], dims: [80, 160, 320, 640], ...clip },
    fastvit_mci3: { depths: [2, 12, 24, 4, 2], dims: [96, 192, 384, 768, 1536], ...largeClip },
    fastvit_mci4: { depths: [2, 12, 24, 4, 4], dims: [128, 256, 512, 1024, 2048], ...largeClip },
  },
});
