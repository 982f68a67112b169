// ConvNeXt: Liu et al. 2022 (arXiv 2201.03545), V2: Woo et al. 2023 (2301.00808). Structure and names as in timm, which added
// the variants below tiny and those with another stem (ols) or head (hnf).
import type { Activation } from '@podium/engine';
import {
  Conv2d,
  DropPath,
  type GlobalPool,
  init,
  LayerNorm,
  LayerNorm2d,
  Module,
  Parameter,
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
import { initWeights } from '../init-weights.ts';
import { NormMlpHead } from './shared/norm-mlp-head.ts';
import { ScaledMlp } from './shared/scaled-mlp.ts';

type Four = readonly [number, number, number, number];

interface ConvNeXtSettings {
  readonly depths: Four;
  readonly dims: Four;
  /** 1x1 convolutions in the blocks instead of linear layers: weights of another shape, the same results. */
  readonly convMlp?: boolean;
  /** V2: global response normalization in the blocks, no layer scale. */
  readonly responseNorm?: boolean;
  /** Two overlapping 3x3 convolutions as the stem, the first half as wide if tiered. Default: one 4x4 convolution, stride 4. */
  readonly stem?: 'overlap' | 'overlapTiered';
  /** Normalize before pooling instead of after it. */
  readonly headNormFirst?: boolean;
  /** Width of a layer before the classifier. */
  readonly headHidden?: number;
  readonly kernels?: Four;
  readonly activation?: Activation;
  readonly epsilon?: number;
}

interface BlockOptions {
  readonly kernel: number;
  readonly convMlp: boolean;
  readonly responseNorm: boolean;
  readonly activation: Activation;
  readonly epsilon: number;
  readonly dropPathRate: number;
}

const LAYER_SCALE = 1e-6;
const EXPANSION = 4;

class ConvNeXtBlock extends Module {
  conv_dw: Conv2d;
  norm: LayerNorm;
  mlp: ScaledMlp;
  gamma: Parameter | null;
  drop_path: DropPath | null;

  constructor(channels: number, options: BlockOptions) {
    super();
    const { kernel, convMlp, responseNorm, epsilon, dropPathRate } = options;
    this.conv_dw = new Conv2d(channels, channels, kernel, {
      padding: Math.floor(kernel / 2),
      groups: channels,
    });
    this.norm = new (convMlp ? LayerNorm2d : LayerNorm)(channels, { epsilon });
    this.mlp = new ScaledMlp(channels, EXPANSION * channels, options);
    this.gamma = responseNorm ? null : new Parameter([channels], init.constant(LAYER_SCALE));
    this.drop_path = dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv_dw.call(x);
    y = this.norm.call(y) as tf.Tensor4D;
    y = this.mlp.call(y, this.gamma?.data as tf.Tensor1D | undefined);
    if (this.drop_path !== null) y = this.drop_path.call(y) as tf.Tensor4D;
    return tf.add(y, x);
  }
}

class ConvNeXtStage extends Module {
  downsample: Sequential | null;
  blocks: Sequential;

  constructor(from: number, to: number, isFirst: boolean, options: readonly BlockOptions[], epsilon: number) {
    super();
    const stride = isFirst ? 1 : 2;
    this.downsample =
      from === to && isFirst
        ? null
        : new Sequential([new LayerNorm2d(from, { epsilon }), new Conv2d(from, to, stride, { stride })]);
    this.blocks = new Sequential(options.map((block) => new ConvNeXtBlock(to, block)));
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.downsample === null ? x : this.downsample.call(x);
    return this.blocks.call(y) as tf.Tensor4D;
  }
}

class ConvNeXt extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^stem\./,
    blocks: /^stages\.(\d+)\.(?:downsample|blocks\.(\d+))\./,
    last: /^norm_pre\./,
  };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'stem.0';
  stem: Sequential;
  stages: Sequential;
  norm_pre: LayerNorm2d | null;
  head: NormMlpHead | ClassifierHead;

  constructor(settings: ConvNeXtSettings, options: ModelOptions) {
    super();
    const { dims, epsilon = 1e-6, headNormFirst = false } = settings;
    const channels = dims[3];
    this.stem = makeStem(settings, options.inChannels, epsilon);
    this.stages = makeStages(settings, options.dropPathRate, epsilon);
    this.norm_pre = headNormFirst ? new LayerNorm2d(channels, { epsilon }) : null;
    const { dropRate, globalPool = 'avg' } = options;
    this.head = headNormFirst
      ? new ClassifierHead(channels, classesOf(options), globalPool, dropRate)
      : new NormMlpHead(channels, classesOf(options), {
          globalPool,
          dropRate,
          epsilon,
          hidden: settings.headHidden,
        });
    this.featureInfo = dims.map((width, i) => ({
      channels: width,
      reduction: 4 * 2 ** i,
      module: `stages.${i}`,
    }));
    initWeights(this, () => init.truncatedNormal(0.02));
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.stem.call(x) as tf.Tensor4D;
    y = this.stages.call(y) as tf.Tensor4D;
    return this.norm_pre === null ? y : (this.norm_pre.call(y) as tf.Tensor4D);
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

function makeStem({ dims, stem }: ConvNeXtSettings, inChannels: number, epsilon: number): Sequential {
  const [width] = dims;
  const norm = new LayerNorm2d(width, { epsilon });
  if (stem === undefined) return new Sequential([new Conv2d(inChannels, width, 4, { stride: 4 }), norm]);
  const middle = stem === 'overlapTiered' ? roundToEight(width / 2) : width;
  const conv = { stride: 2, padding: 1 };
  return new Sequential([new Conv2d(inChannels, middle, 3, conv), new Conv2d(middle, width, 3, conv), norm]);
}

function makeStages(settings: ConvNeXtSettings, dropPathRate: number, epsilon: number): Sequential {
  const { depths, dims, kernels = [7, 7, 7, 7] } = settings;
  const { convMlp = false, responseNorm = false, activation = 'gelu' } = settings;
  const total = depths.reduce((sum, depth) => sum + depth, 0);
  let index = 0;
  return new Sequential(
    depths.map((depth, stage) => {
      const blocks = Array.from({ length: depth }, () => ({
        kernel: kernels[stage]!,
        convMlp,
        responseNorm,
        activation,
        epsilon,
        dropPathRate: dropPathAt(dropPathRate, index++, total),
      }));
      const width = dims[stage]!;
      return new ConvNeXtStage(dims[stage - 1] ?? width, width, stage === 0, blocks, epsilon);
    }),
  );
}

/** The nearest multiple of 8, at least 8 and not less than 90 % of the number: timm's `make_divisible`. */
function roundToEight(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

/** torchvision numbers stem, stages and downsampling in one sequence, and the layers of a block in another. */
function fromTorchvision(key: string): string {
  const inBlock: Readonly<Record<string, string>> = { 0: 'conv_dw', 2: 'norm', 3: 'mlp.fc1', 5: 'mlp.fc2' };
  return key
    .replace(/^features\.0\./, 'stem.')
    .replace(
      /^features\.([1357])\.(\d+)\./,
      (_, i, block) => `stages.${(Number(i) - 1) / 2}.blocks.${block}.`,
    )
    .replace(/^features\.([246])\./, (_, i) => `stages.${Number(i) / 2}.downsample.`)
    .replace(/\.block\.(\d)\./, (_, i) => `.${inBlock[i]}.`)
    .replace(/\.layer_scale$/, '.gamma')
    .replace(/^classifier\.0\./, 'head.norm.')
    .replace(/^classifier\.2\./, 'head.fc.');
}

const convMlp = true;
const atto = { depths: [2, 2, 6, 2], dims: [40, 80, 160, 320] } as const;
const femto = { depths: [2, 2, 6, 2], dims: [48, 96, 192, 384] } as const;
const pico = { depths: [2, 2, 6, 2], dims: [64, 128, 256, 512] } as const;
const nano = { depths: [2, 2, 8, 2], dims: [80, 160, 320, 640] } as const;
const tiny = { depths: [3, 3, 9, 3], dims: [96, 192, 384, 768] } as const;
const small = { depths: [3, 3, 27, 3], dims: [96, 192, 384, 768] } as const;
const base = { depths: [3, 3, 27, 3], dims: [128, 256, 512, 1024] } as const;
const large = { depths: [3, 3, 27, 3], dims: [192, 384, 768, 1536] } as const;
const responseNorm = true;

export const convnext: AnyFamily = defineFamily<ConvNeXtSettings>({
  name: 'convnext',
  build: (settings, options) => new ConvNeXt(settings, options),
  inputRule: () => ({ minimum: 32 }),
  torchvision: Object.fromEntries(
    ['tiny', 'small', 'base', 'large'].map((size) => [`convnext_${size}`, `convnext_${size}`]),
  ),
  fromTorchvision,
  variants: {
    convnext_atto: { ...atto, convMlp },
    convnext_atto_ols: { ...atto, convMlp, stem: 'overlapTiered' },
    convnext_femto: { ...femto, convMlp },
    convnext_femto_ols: { ...femto, convMlp, stem: 'overlapTiered' },
    convnext_pico: { ...pico, convMlp },
    convnext_pico_ols: { ...pico, convMlp, stem: 'overlapTiered' },
    convnext_nano: { ...nano, convMlp },
    convnext_nano_ols: { ...nano, convMlp, stem: 'overlap' },
    convnext_tiny: tiny,
    convnext_tiny_hnf: { ...tiny, convMlp, headNormFirst: true },
    convnext_small: small,
    convnext_base: base,
    convnext_large: large,
    convnext_large_mlp: { ...large, headHidden: 1536 },
    convnext_xlarge: { depths: [3, 3, 27, 3], dims: [256, 512, 1024, 2048] },
    convnext_xxlarge: { depths: [3, 4, 30, 3], dims: [384, 768, 1536, 3072], epsilon: 1e-5 },
    convnextv2_atto: { ...atto, convMlp, responseNorm },
    convnextv2_femto: { ...femto, convMlp, responseNorm },
    convnextv2_pico: { ...pico, convMlp, responseNorm },
    convnextv2_nano: { ...nano, convMlp, responseNorm },
    convnextv2_tiny: { ...tiny, responseNorm },
    convnextv2_small: { ...small, responseNorm },
    convnextv2_base: { ...base, responseNorm },
    convnextv2_large: { ...large, responseNorm },
    convnextv2_huge: { depths: [3, 3, 27, 3], dims: [352, 704, 1408, 2816], responseNorm },
    test_convnext: { depths: [1, 2, 4, 2], dims: [24, 32, 48, 64], epsilon: 1e-5, activation: 'geluTanh' },
    test_convnext2: { depths: [1, 1, 1, 1], dims: [32, 64, 96, 128], epsilon: 1e-5, activation: 'geluTanh' },
    test_convnext3: {
      depths: [1, 1, 1, 1],
      dims: [32, 64, 96, 128],
      epsilon: 1e-5,
      kernels: [7, 5, 5, 3],
      activation: 'silu',
    },
  },
});
