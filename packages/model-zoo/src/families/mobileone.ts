// MobileOne: Vasu et al. 2022 (arXiv 2206.04040). Structure and names as in timm. The branches of a block become one convolution
// in the inference form.
import { Conv2d, type GlobalPool, init, Sequential } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
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
import { MobileOneBlock } from './shared/mobile-one.ts';

type Four = readonly [number, number, number, number];

interface MobileOneSettings {
  /** Channels of the stem. */
  readonly stem: number;
  /** Channels of the stages. */
  readonly widths: Four;
  /** Convolutions of full size per block. Default 1. */
  readonly branches?: number;
  /** Pairs of blocks at the end of each stage that have a gate. Default: none. */
  readonly gated?: Four;
}

/** Pairs of a depthwise and a pointwise block per stage. */
const DEPTHS: Four = [2, 8, 10, 1];
const activation = 'relu';

class MobileOne extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^stem\./, blocks: /^stages\.(\d+)\.(\d+)\./ };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'stem.conv_kxk.0.conv';
  override readonly firstConvPaths = [this.firstConvPath, 'stem.conv_scale.conv'];
  stem: MobileOneBlock;
  stages: Sequential;
  head: ClassifierHead;

  constructor(settings: MobileOneSettings, options: ModelOptions) {
    super();
    const { stem, widths } = settings;
    this.stem = new MobileOneBlock(options.inChannels, stem, 3, { stride: 2, activation });
    this.stages = makeStages(settings, options.dropPathRate);
    const { globalPool = 'avg', dropRate } = options;
    this.head = new ClassifierHead(widths[3], classesOf(options), globalPool, dropRate);
    this.featureInfo = [
      { channels: stem, reduction: 2, module: 'stem' },
      ...widths.map((channels, i) => ({ channels, reduction: 4 * 2 ** i, module: `stages.${i}` })),
    ];
    initWeights(this, (layer) => {
      if (!(layer instanceof Conv2d)) return init.normal(0, 0.01);
      const { kernelSize, outChannels, groups } = layer;
      const fanOut = Math.floor((kernelSize[0] * kernelSize[1] * outChannels) / groups);
      return init.normal(0, Math.sqrt(2 / fanOut));
    });
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

function makeStages(settings: MobileOneSettings, dropPathRate: number): Sequential {
  const { stem, widths, branches = 1, gated = [0, 0, 0, 0] } = settings;
  const total = 2 * DEPTHS.reduce((sum, depth) => sum + depth, 0);
  let channels = stem;
  let index = 0;
  const makeBlock = (to: number, kernel: number, stride: number, isGated: boolean) => {
    const block = new MobileOneBlock(channels, to, kernel, {
      stride,
      groups: kernel === 3 ? channels : 1,
      branches,
      ...(isGated && { gate: roundChannels(to / 16, 0), gateName: 'attn' }),
      activation,
      dropPathRate: dropPathAt(dropPathRate, index++, total),
    });
    channels = to;
    return block;
  };
  return new Sequential(
    DEPTHS.map((depth, stage) => {
      const blocks: MobileOneBlock[] = [];
      for (let i = 0; i < depth; i++) {
        const isGated = i >= depth - gated[stage]!;
        blocks.push(makeBlock(channels, 3, i === 0 ? 2 : 1, isGated));
        blocks.push(makeBlock(widths[stage]!, 1, 1, isGated));
      }
      return new Sequential(blocks);
    }),
  );
}

export const mobileone: AnyFamily = defineFamily<MobileOneSettings>({
  name: 'mobileone',
  build: (settings, options) => new MobileOne(settings, options),
  variants: {
    mobileone_s0: { stem: 48, widths: [48, 128, 256, 1024], branches: 4 },
    mobileone_s1: { stem: 64, widths: [96, 192, 512, 1280] },
    mobileone_s2: { stem: 64, widths: [96, 256, 640, 2048] },
    mobileone_s3: { stem: 64, widths: [128, 320, 768, 2048] },
    mobileone_s4: { stem: 64, widths: [192, 448, 896, 2048], gated: [0, 0, 5, 1] },
  },
});
