// RegNet X and Y: Radosavovic et al. 2020 (arXiv 2003.13678). Structure and names as in timm.
import { activate } from '@podium/engine';
import {
  DropPath,
  type GlobalPool,
  init,
  Linear,
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
import { ConvBnAct } from './shared/conv-bn-act.ts';

interface RegNetSettings {
  /** Total number of blocks. */
  readonly depth: number;
  /** Width of the first block, and by how much it grows from block to block before rounding. */
  readonly w0: number;
  readonly wa: number;
  /** Factor between the widths of neighboring stages. */
  readonly wm: number;
  /** Channels per group of the 3x3 convolutions. */
  readonly groupSize: number;
  /** RegNetY: a squeeze-and-excitation gate with a quarter of the block's input channels. */
  readonly squeezeExcite?: boolean;
  /** torchvision's rule for widths that the group size does not divide. Default: the paper's. */
  readonly torchvisionWidths?: boolean;
}

const STEM = 32;

/** Convolution, norm, shortcut and activation, `[B,H,W,C] -> [B,H',W',K]`. */
class ConvNormAct extends ConvBnAct {}

interface BlockOptions {
  readonly stride: number;
  readonly groupSize: number;
  readonly squeezeExcite: boolean;
  readonly dropPathRate: number;
}

class Bottleneck extends Module {
  conv1: ConvNormAct;
  conv2: ConvNormAct;
  se: SqueezeExcite | null;
  conv3: ConvNormAct;
  downsample: ConvNormAct | null;
  drop_path: DropPath | null;

  constructor(inChannels: number, width: number, options: BlockOptions) {
    super();
    const { stride, groupSize, squeezeExcite, dropPathRate } = options;
    this.conv1 = new ConvNormAct(inChannels, width, 1);
    this.conv2 = new ConvNormAct(width, width, 3, { stride, groups: width / groupSize });
    this.se = squeezeExcite ? new SqueezeExcite(width, { reduced: roundEven(inChannels / 4) }) : null;
    this.drop_path = dropPathRate > 0 ? new DropPath(dropPathRate) : null;
    // With nothing between them, norm, addition and ReLU are one pass over memory.
    this.conv3 = new ConvNormAct(width, width, 1, {
      activation: this.drop_path === null ? 'relu' : 'linear',
    });
    this.conv3.bn.weight = new Parameter([width], init.zeros);
    this.downsample =
      inChannels === width && stride === 1
        ? null
        : new ConvNormAct(inChannels, width, 1, { stride, activation: 'linear' });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv1.call(x);
    y = this.conv2.call(y);
    if (this.se !== null) y = this.se.call(y);
    const shortcut = this.downsample === null ? x : this.downsample.call(x);
    if (this.drop_path === null) return this.conv3.call(y, shortcut); // relu(norm(conv(y)) + shortcut)
    y = this.conv3.call(y);
    y = this.drop_path.call(y) as tf.Tensor4D;
    return activate(tf.add(y, shortcut), 'relu');
  }
}

class RegNet extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^stem\./, blocks: /^s(\d+)\.b(\d+)\./ };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'stem.conv';
  stem: ConvNormAct;
  s1: Sequential;
  s2: Sequential;
  s3: Sequential;
  s4: Sequential;
  head: ClassifierHead;

  constructor(settings: RegNetSettings, options: ModelOptions) {
    super();
    const stages = stagesOf(settings);
    this.stem = new ConvNormAct(options.inChannels, STEM, 3, { stride: 2 });
    let index = 0;
    let channels = STEM;
    [this.s1, this.s2, this.s3, this.s4] = stages.map(({ width, groupSize, depth }) => {
      const blocks: Record<string, Bottleneck> = {};
      for (let i = 0; i < depth; i++) {
        blocks[`b${i + 1}`] = new Bottleneck(channels, width, {
          stride: i === 0 ? 2 : 1,
          groupSize,
          squeezeExcite: settings.squeezeExcite === true,
          dropPathRate: dropPathAt(options.dropPathRate, index++, settings.depth),
        });
        channels = width;
      }
      return new Sequential(blocks);
    }) as [Sequential, Sequential, Sequential, Sequential];
    this.head = new ClassifierHead(
      channels,
      classesOf(options),
      options.globalPool ?? 'avg',
      options.dropRate,
    );
    this.featureInfo = [
      { channels: STEM, reduction: 2, module: 'stem' },
      ...stages.map(({ width }, i) => ({ channels: width, reduction: 4 * 2 ** i, module: `s${i + 1}` })),
    ];
    initWeights(this, (layer) => {
      if (layer instanceof Linear) return init.normal(0, 0.01);
      const [height, width] = layer.kernelSize;
      return init.normal(0, Math.sqrt(2 / Math.floor((height * width * layer.outChannels) / layer.groups)));
    });
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.stem.call(x);
    y = this.s1.call(y) as tf.Tensor4D;
    y = this.s2.call(y) as tf.Tensor4D;
    y = this.s3.call(y) as tf.Tensor4D;
    return this.s4.call(y) as tf.Tensor4D;
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

interface Stage {
  readonly width: number;
  readonly groupSize: number;
  readonly depth: number;
}

/** Widths and depths of the stages from the paper's parameters, section 3.3. */
function stagesOf(settings: RegNetSettings): Stage[] {
  const { depth, w0, wa, wm } = settings;
  const depths = new Map<number, number>();
  for (let i = 0; i < depth; i++) {
    const step = roundEven(Math.log((w0 + wa * i) / w0) / Math.log(wm));
    const width = roundEven((w0 * wm ** step) / 8) * 8;
    depths.set(width, (depths.get(width) ?? 0) + 1);
  }
  return Array.from(depths, ([width, depth]) => {
    const groupSize = Math.min(settings.groupSize, width);
    const rounded =
      settings.torchvisionWidths === true
        ? roundUnlessSmaller(width, groupSize)
        : roundEven(width / groupSize) * groupSize;
    return { width: rounded, groupSize, depth };
  });
}

/** To the nearest multiple, but up if that would remove more than a tenth. */
function roundUnlessSmaller(width: number, by: number): number {
  const rounded = Math.floor((width + by / 2) / by) * by;
  return rounded < 0.9 * width ? rounded + by : rounded;
}

/** To the nearest whole number, halves to the even one, as Python does. */
function roundEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** torchvision's names of a block's layers. */
const BLOCK: readonly (readonly [theirs: string, ours: string])[] = [
  ['f.a.0.', 'conv1.conv.'],
  ['f.a.1.', 'conv1.bn.'],
  ['f.b.0.', 'conv2.conv.'],
  ['f.b.1.', 'conv2.bn.'],
  ['f.se.', 'se.'],
  ['f.c.0.', 'conv3.conv.'],
  ['f.c.1.', 'conv3.bn.'],
  ['proj.0.', 'downsample.conv.'],
  ['proj.1.', 'downsample.bn.'],
];

/** `trunk_output.block2.block2-0.f.a.0.weight` is our `s2.b1.conv1.conv.weight`. */
function fromTorchvision(key: string): string {
  const [, stage, block, rest] = /^trunk_output\.block(\d+)\.block\d+-(\d+)\.(.+)$/.exec(key) ?? [];
  if (rest === undefined) {
    return key
      .replace(/^stem\.0\./, 'stem.conv.')
      .replace(/^stem\.1\./, 'stem.bn.')
      .replace(/^fc\./, 'head.fc.');
  }
  const [theirs, ours] = BLOCK.find(([prefix]) => rest.startsWith(prefix)) ?? ['', ''];
  return `s${stage}.b${Number(block) + 1}.${ours}${rest.slice(theirs.length)}`;
}

const squeezeExcite = true;
const torchvisionWidths = true;

export const regnet: AnyFamily = defineFamily<RegNetSettings>({
  name: 'regnet',
  build: (settings, options) => new RegNet(settings, options),
  torchvision: {
    regnet_x_400mf: 'regnetx_004_tv',
    regnet_x_800mf: 'regnetx_008',
    regnet_x_1_6gf: 'regnetx_016',
    regnet_x_3_2gf: 'regnetx_032',
    regnet_x_8gf: 'regnetx_080',
    regnet_x_16gf: 'regnetx_160',
    regnet_x_32gf: 'regnetx_320',
    regnet_y_400mf: 'regnety_004',
    regnet_y_800mf: 'regnety_008_tv',
    regnet_y_1_6gf: 'regnety_016',
    regnet_y_3_2gf: 'regnety_032',
    regnet_y_8gf: 'regnety_080_tv',
    regnet_y_16gf: 'regnety_160',
    regnet_y_32gf: 'regnety_320',
    regnet_y_128gf: 'regnety_1280',
  },
  fromTorchvision,
  variants: {
    regnetx_002: { w0: 24, wa: 36.44, wm: 2.49, groupSize: 8, depth: 13 },
    regnetx_004: { w0: 24, wa: 24.48, wm: 2.54, groupSize: 16, depth: 22 },
    regnetx_004_tv: { w0: 24, wa: 24.48, wm: 2.54, groupSize: 16, depth: 22, torchvisionWidths },
    regnetx_006: { w0: 48, wa: 36.97, wm: 2.24, groupSize: 24, depth: 16 },
    regnetx_008: { w0: 56, wa: 35.73, wm: 2.28, groupSize: 16, depth: 16 },
    regnetx_016: { w0: 80, wa: 34.01, wm: 2.25, groupSize: 24, depth: 18 },
    regnetx_032: { w0: 88, wa: 26.31, wm: 2.25, groupSize: 48, depth: 25 },
    regnetx_040: { w0: 96, wa: 38.65, wm: 2.43, groupSize: 40, depth: 23 },
    regnetx_064: { w0: 184, wa: 60.83, wm: 2.07, groupSize: 56, depth: 17 },
    regnetx_080: { w0: 80, wa: 49.56, wm: 2.88, groupSize: 120, depth: 23 },
    regnetx_120: { w0: 168, wa: 73.36, wm: 2.37, groupSize: 112, depth: 19 },
    regnetx_160: { w0: 216, wa: 55.59, wm: 2.1, groupSize: 128, depth: 22 },
    regnetx_320: { w0: 320, wa: 69.86, wm: 2.0, groupSize: 168, depth: 23 },
    regnety_002: { w0: 24, wa: 36.44, wm: 2.49, groupSize: 8, depth: 13, squeezeExcite },
    regnety_004: { w0: 48, wa: 27.89, wm: 2.09, groupSize: 8, depth: 16, squeezeExcite },
    regnety_006: { w0: 48, wa: 32.54, wm: 2.32, groupSize: 16, depth: 15, squeezeExcite },
    regnety_008: { w0: 56, wa: 38.84, wm: 2.4, groupSize: 16, depth: 14, squeezeExcite },
    regnety_008_tv: {
      w0: 56,
      wa: 38.84,
      wm: 2.4,
      groupSize: 16,
      depth: 14,
      squeezeExcite,
      torchvisionWidths,
    },
    regnety_016: { w0: 48, wa: 20.71, wm: 2.65, groupSize: 24, depth: 27, squeezeExcite },
    regnety_032: { w0: 80, wa: 42.63, wm: 2.66, groupSize: 24, depth: 21, squeezeExcite },
    regnety_040: { w0: 96, wa: 31.41, wm: 2.24, groupSize: 64, depth: 22, squeezeExcite },
    regnety_064: { w0: 112, wa: 33.22, wm: 2.27, groupSize: 72, depth: 25, squeezeExcite },
    regnety_080: { w0: 192, wa: 76.82, wm: 2.19, groupSize: 56, depth: 17, squeezeExcite },
    regnety_080_tv: {
      w0: 192,
      wa: 76.82,
      wm: 2.19,
      groupSize: 56,
      depth: 17,
      squeezeExcite,
      torchvisionWidths,
    },
    regnety_120: { w0: 168, wa: 73.36, wm: 2.37, groupSize: 112, depth: 19, squeezeExcite },
    regnety_160: { w0: 200, wa: 106.23, wm: 2.48, groupSize: 112, depth: 18, squeezeExcite },
    regnety_320: { w0: 232, wa: 115.89, wm: 2.53, groupSize: 232, depth: 20, squeezeExcite },
    regnety_640: { w0: 352, wa: 147.48, wm: 2.4, groupSize: 328, depth: 20, squeezeExcite },
    regnety_1280: { w0: 456, wa: 160.83, wm: 2.52, groupSize: 264, depth: 27, squeezeExcite },
    regnety_2560: { w0: 640, wa: 230.83, wm: 2.53, groupSize: 373, depth: 27, squeezeExcite },
  },
});
