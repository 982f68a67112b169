// Networks without normalization. NF-ResNet: Brock et al. 2021 (arXiv 2101.08692), NFNet: Brock et al. 2021 (2102.06171).
// Structure and names as in timm, which added the lighter variants (l) and those with efficient channel attention (eca).
import { activate } from '@podium/engine';
import {
  Activation,
  AvgPool2d,
  Conv2d,
  DropPath,
  EfficientChannelAttention,
  type GlobalPool,
  Identity,
  init,
  MaxPool2d,
  Module,
  Parameter,
  ScaledStdConv2d,
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

type Four = readonly [number, number, number, number];

interface NFNetSettings {
  readonly depths: Four;
  readonly channels: Four;
  readonly stem: 'deep' | '3x3' | '7x7';
  readonly stemChannels: number;
  /** Channels per group of the 3x3 convolutions. Default: one group. */
  readonly groupSize?: number;
  /** Inner channels of a block per channel of its output, or of its input in RegNets. */
  readonly bottleneck: number;
  /** Factor of all channels. Default 1. */
  readonly width?: number;
  /** Gate at the end of a block, or after the 3x3 convolution in RegNets: channel attention, or a squeeze to this share. */
  readonly gate?: 'eca' | number;
  /** Inner channels follow the input, as in RegNet and EfficientNet. */
  readonly regnet?: boolean;
  /** Two 3x3 convolutions per block. */
  readonly twoConvs?: boolean;
  /** Channels of the last convolution. Default: there is none. */
  readonly head?: number;
  readonly activation: 'relu' | 'gelu' | 'silu';
  /** DeepMind's own weights: TensorFlow's padding, a learned gain of the branches, activations scaled instead of weights. */
  readonly deepmind?: boolean;
  readonly imageSize?: number;
}

/** Keep the variance of a normal variable: 1 / standard deviation of `activation(x)`. */
const GAINS = { relu: 1.7139588594436646, gelu: 1.7015043497085571, silu: 1.7881293296813965 } as const;
/** Weight of the branches. */
const ALPHA = 0.2;
const GATE_GAIN = 2;

/** Makes convolutions; those after an activation are told so. */
type MakeConv = (
  from: number,
  to: number,
  kernel: number,
  options?: {
    readonly stride?: number;
    readonly groups?: number;
    /** Default true. */
    readonly activated?: boolean;
    /** Factor of the inputs. */
    readonly beta?: number;
    readonly gain?: number;
  },
) => ScaledStdConv2d;

/**
 * The activation's gain and the factor of a block's input are constants of the next convolution instead of passes over memory.
 * timm has the gain in all convolutions, DeepMind in the activations.
 */
function convMaker({ activation, deepmind = false }: NFNetSettings): MakeConv {
  return (from, to, kernel, { stride = 1, groups = 1, activated = true, beta = 1, gain = 1 } = {}) =>
    new ScaledStdConv2d(from, to, kernel, {
      stride,
      groups,
      padding: deepmind && stride > 1 ? 'same' : (kernel - 1) / 2,
      factor: beta * (deepmind && !activated ? 1 : GAINS[activation]),
      gain,
    });
}

interface BlockOptions {
  readonly stride: number;
  /** Factor of the activated input: 1 / its expected standard deviation. */
  readonly beta: number;
  readonly bottleneck: number;
  readonly dropPathRate: number;
}

/** The gain before a convolution. */
class Downsample extends Module {
  pool: AvgPool2d | Identity;
  conv: ScaledStdConv2d;

  constructor(from: number, to: number, makeConv: MakeConv, { stride, beta }: BlockOptions) {
    super();
    this.pool =
      stride === 1
        ? new Identity()
        : new AvgPool2d({ kernelSize: 2, stride, ceilMode: true, countIncludePad: false });
    this.conv = makeConv(from, to, 1, { beta });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv.call(this.pool.call(x as never) as tf.Tensor4D);
  }
}

class NormFreeBlock extends Module {
  readonly activation: NFNetSettings['activation'];
  downsample: Downsample | null;
  conv1: ScaledStdConv2d;
  act2: Activation;
  conv2: ScaledStdConv2d;
  act2b: Activation | null;
  conv2b: ScaledStdConv2d | null;
  attn: SqueezeExcite | EfficientChannelAttention | null;
  act3: Activation;
  conv3: ScaledStdConv2d;
  attn_last: SqueezeExcite | EfficientChannelAttention | null;
  drop_path: DropPath | null;
  skipinit_gain: Parameter | null;

  constructor(from: number, to: number, settings: NFNetSettings, options: BlockOptions) {
    super();
    const { groupSize, activation, regnet = false, twoConvs = false, deepmind = false } = settings;
    const { stride, beta, bottleneck, dropPathRate } = options;
    const makeConv = convMaker(settings);
    const wanted = roundChannels((regnet ? from : to) * bottleneck);
    const groups = groupSize === undefined ? 1 : Math.floor(wanted / groupSize);
    const inner = groupSize === undefined ? wanted : groups * groupSize;
    this.activation = activation;
    this.downsample = from === to && stride === 1 ? null : new Downsample(from, to, makeConv, options);
    this.conv1 = makeConv(from, inner, 1, { beta });
    this.act2 = new Activation(activation);
    this.conv2 = makeConv(inner, inner, 3, { stride, groups });
    this.act2b = twoConvs ? new Activation(activation) : null;
    this.conv2b = twoConvs ? makeConv(inner, inner, 3, { groups }) : null;
    this.attn = regnet ? makeGate(inner, settings) : null;
    this.act3 = new Activation(activation);
    this.conv3 = makeConv(inner, to, 1, { gain: deepmind ? 1 : 0 });
    this.attn_last = regnet ? null : makeGate(to, settings);
    this.drop_path = dropPathRate > 0 ? new DropPath(dropPathRate) : null;
    this.skipinit_gain = deepmind ? new Parameter([], init.zeros) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const input = activate(x, this.activation);
    const shortcut = this.downsample === null ? x : this.downsample.call(input);
    let y = this.conv1.call(input);
    y = this.conv2.call(this.act2.call(y) as tf.Tensor4D);
    if (this.conv2b !== null) y = this.conv2b.call(this.act2b!.call(y) as tf.Tensor4D);
    if (this.attn !== null) y = this.attn.call(y, GATE_GAIN);
    y = this.conv3.call(this.act3.call(y) as tf.Tensor4D);
    const weight = this.branchWeight();
    y = this.attn_last === null ? tf.mul(y, weight) : this.attn_last.call(y, tf.mul(weight, GATE_GAIN));
    if (this.drop_path !== null) y = this.drop_path.call(y) as tf.Tensor4D;
    return tf.add(y, shortcut);
  }

  private branchWeight(): tf.Scalar {
    return this.skipinit_gain === null ? tf.scalar(ALPHA) : tf.mul(this.skipinit_gain.data, ALPHA);
  }
}

function makeGate(channels: number, { gate }: NFNetSettings): NormFreeBlock['attn'] {
  if (gate === undefined) return null;
  if (gate === 'eca') return new EfficientChannelAttention(channels);
  return new SqueezeExcite(channels, { reduced: roundChannels(channels * gate, 0) });
}

function makeStem(inChannels: number, channels: number, settings: NFNetSettings): Sequential {
  const makeConv = convMaker(settings);
  if (settings.stem === '3x3')
    return new Sequential({ conv: makeConv(inChannels, channels, 3, { stride: 2 }) });
  if (settings.stem === '7x7') {
    return new Sequential({
      conv: makeConv(inChannels, channels, 7, { stride: 2 }),
      pool: new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 }),
    });
  }
  const [w1, w2, w3] = [8, 4, 2].map((divisor) => Math.floor(channels / divisor)) as [number, number, number];
  const act = () => new Activation(settings.activation);
  return new Sequential({
    conv1: makeConv(inChannels, w1, 3, { stride: 2, activated: false }),
    act2: act(),
    conv2: makeConv(w1, w2, 3),
    act3: act(),
    conv3: makeConv(w2, w3, 3),
    act4: act(),
    conv4: makeConv(w3, channels, 3, { stride: 2 }),
  });
}

class NFNet extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^stem\./,
    blocks: /^stages\.(\d+)\.(\d+)\./,
    last: /^final_conv\./,
  };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath: string;
  readonly activation: NFNetSettings['activation'];
  readonly outputGain: number;
  stem: Sequential;
  stages: Sequential;
  final_conv: ScaledStdConv2d | null;
  head: ClassifierHead;

  constructor(settings: NFNetSettings, options: ModelOptions) {
    super();
    const { stem, width = 1, activation, head, deepmind = false } = settings;
    const isDeep = stem === 'deep';
    this.activation = activation;
    this.outputGain = deepmind ? GAINS[activation] : 1;
    this.firstConvPath = isDeep ? 'stem.conv1' : 'stem.conv';
    const stemWidth = roundChannels(settings.stemChannels * width);
    const widths = settings.channels.map((channels) => roundChannels(channels * width));
    this.stem = makeStem(options.inChannels, stemWidth, settings);
    this.stages = makeStages(settings, stemWidth, widths, options.dropPathRate);
    const last = widths.at(-1)!;
    const features = head === undefined ? last : roundChannels(head * width);
    this.final_conv =
      head === undefined ? null : convMaker(settings)(last, features, 1, { activated: false });
    const { globalPool = 'avg', dropRate } = options;
    this.head = new ClassifierHead(features, classesOf(options), globalPool, dropRate);
    this.featureInfo = [
      isDeep
        ? { channels: Math.floor(stemWidth / 2), reduction: 2, module: 'stem.conv3' }
        : { channels: stemWidth, reduction: 2, module: 'stem.conv' },
      ...widths.map((channels, i) => ({ channels, reduction: 4 * 2 ** i, module: `stages.${i}` })),
    ];
    if (head !== undefined) {
      const final = { channels: features, reduction: 32, module: 'final_conv' };
      this.featureInfo = [...this.featureInfo.slice(0, -1), final];
    }
    initWeights(this, (layer) =>
      layer instanceof Conv2d ? init.kaimingNormal({ nonlinearity: 'linear' }) : init.normal(0, 0.01),
    );
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.stem.call(x) as tf.Tensor4D;
    y = this.stages.call(y) as tf.Tensor4D;
    if (this.final_conv !== null) y = this.final_conv.call(y);
    y = activate(y, this.activation);
    return this.outputGain === 1 ? y : tf.mul(y, this.outputGain);
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

function makeStages(
  settings: NFNetSettings,
  stemWidth: number,
  widths: readonly number[],
  dropPathRate: number,
): Sequential {
  const { depths, stem, regnet = false } = settings;
  const total = depths.reduce((sum, depth) => sum + depth, 0);
  let from = stemWidth;
  let index = 0;
  // Of the input of the next block: each branch adds to it, and the first convolution of a stage resets it.
  let variance = 1;
  return new Sequential(
    widths.map((to, stage) => {
      const blocks = Array.from({ length: depths[stage]! }, (_, i) => {
        const isFirst = i === 0 && stage === 0;
        const block = new NormFreeBlock(from, to, settings, {
          stride: i === 0 && (stage > 0 || stem === '3x3') ? 2 : 1,
          beta: variance ** -0.5,
          bottleneck: regnet && isFirst ? 1 : settings.bottleneck,
          dropPathRate: dropPathAt(dropPathRate, index++, total),
        });
        variance = (i === 0 ? 1 : variance) + ALPHA ** 2;
        from = to;
        return block;
      });
      return new Sequential(blocks);
    }),
  );
}

type Rest = Partial<NFNetSettings>;

function nfnet(repeats: number, imageSize: number, rest: Rest = {}): NFNetSettings {
  return {
    depths: [repeats, 2 * repeats, 6 * repeats, 3 * repeats],
    channels: [256, 512, 1536, 1536],
    stem: 'deep',
    stemChannels: 128,
    groupSize: 128,
    bottleneck: 0.5,
    gate: 0.5,
    twoConvs: true,
    head: 3072,
    activation: 'gelu',
    imageSize,
    ...rest,
  };
}

function light(repeats: number, imageSize: number, rest: Rest = {}): NFNetSettings {
  return nfnet(repeats, imageSize, { groupSize: 64, bottleneck: 0.25, activation: 'silu', ...rest });
}

function nfResnet(depths: Four, rest: Rest = {}): NFNetSettings {
  const channels = [256, 512, 1024, 2048] as const;
  return { depths, channels, stem: '7x7', stemChannels: 64, bottleneck: 0.25, activation: 'relu', ...rest };
}

function nfRegnet(depths: Four, channels: Four, imageSize: number): NFNetSettings {
  return {
    depths,
    channels,
    stem: '3x3',
    stemChannels: channels[0],
    groupSize: 8,
    width: 0.75,
    bottleneck: 2.25,
    head: Math.floor((1280 * channels[3]) / 440),
    regnet: true,
    gate: 0.5,
    activation: 'silu',
    imageSize,
  };
}

const deepmind = true;
const eca = 'eca';
const se = 1 / 16;

export const nfnetFamily: AnyFamily = defineFamily<NFNetSettings>({
  name: 'nfnet',
  build: (settings, options) => new NFNet(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  variants: {
    dm_nfnet_f0: nfnet(1, 192, { deepmind }),
    dm_nfnet_f1: nfnet(2, 224, { deepmind }),
    dm_nfnet_f2: nfnet(3, 256, { deepmind }),
    dm_nfnet_f3: nfnet(4, 320, { deepmind }),
    dm_nfnet_f4: nfnet(5, 384, { deepmind }),
    dm_nfnet_f5: nfnet(6, 416, { deepmind }),
    dm_nfnet_f6: nfnet(7, 448, { deepmind }),
    nfnet_f0: nfnet(1, 192),
    nfnet_f1: nfnet(2, 224),
    nfnet_f2: nfnet(3, 256),
    nfnet_f3: nfnet(4, 320),
    nfnet_f4: nfnet(5, 384),
    nfnet_f5: nfnet(6, 416),
    nfnet_f6: nfnet(7, 448),
    nfnet_f7: nfnet(8, 480),
    nfnet_l0: light(1, 224, { gate: 0.25, head: 2304 }),
    eca_nfnet_l0: light(1, 224, { gate: eca, head: 2304 }),
    eca_nfnet_l1: light(2, 256, { gate: eca }),
    eca_nfnet_l2: light(3, 320, { gate: eca }),
    eca_nfnet_l3: light(4, 352, { gate: eca }),
    nf_regnet_b0: nfRegnet([1, 3, 6, 6], [48, 104, 208, 440], 192),
    nf_regnet_b1: nfRegnet([2, 4, 7, 7], [48, 104, 208, 440], 256),
    nf_regnet_b2: nfRegnet([2, 4, 8, 8], [56, 112, 232, 488], 240),
    nf_regnet_b3: nfRegnet([2, 5, 9, 9], [56, 128, 248, 528], 288),
    nf_regnet_b4: nfRegnet([2, 6, 11, 11], [64, 144, 288, 616], 320),
    nf_regnet_b5: nfRegnet([3, 7, 14, 14], [80, 168, 336, 704], 384),
    nf_resnet26: nfResnet([2, 2, 2, 2]),
    nf_resnet50: nfResnet([3, 4, 6, 3], { imageSize: 256 }),
    nf_resnet101: nfResnet([3, 4, 23, 3]),
    nf_seresnet26: nfResnet([2, 2, 2, 2], { gate: se }),
    nf_seresnet50: nfResnet([3, 4, 6, 3], { gate: se }),
    nf_seresnet101: nfResnet([3, 4, 23, 3], { gate: se }),
    nf_ecaresnet26: nfResnet([2, 2, 2, 2], { gate: eca }),
    nf_ecaresnet50: nfResnet([3, 4, 6, 3], { gate: eca }),
    nf_ecaresnet101: nfResnet([3, 4, 23, 3], { gate: eca }),
    test_nfnet: light(1, 160, {
      depths: [1, 1, 1, 1],
      channels: [32, 64, 96, 128],
      groupSize: 8,
      gate: 0.25,
      head: 192,
    }),
  },
});
