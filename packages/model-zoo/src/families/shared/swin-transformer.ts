import { padImage } from '@podium/engine';
import {
  type GlobalPool,
  init,
  LayerNorm,
  Module,
  Sequential,
  type StateDict,
  type StateTensor,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { ClassifierHead } from '../../classifier-head.ts';
import {
  type Classes,
  classesOf,
  type DepthGroups,
  dropPathAt,
  type FeatureStage,
  ImageModel,
  type ModelOptions,
} from '../../image-model.ts';
import { initWeights } from '../../init-weights.ts';
import { PatchEmbed } from './patch-embed.ts';
import type { WindowBlock, WindowBlockOptions } from './window-block.ts';

type Four = readonly [number, number, number, number];

export interface SwinSettings {
  readonly features: number;
  readonly depths: Four;
  readonly heads: Four;
  /** Rows and columns of the windows of each stage. */
  readonly windows: Four;
  /** Height and width of its images. Default 224. */
  readonly imageSize?: number;
  /** torchvision's variants: images of any size, with windows of the same size on each map. */
  readonly anySize?: boolean;
}

/** Pixels per side of a patch. */
export const SWIN_PATCH = 4;
/** Of the layer norms. */
export const SWIN_EPSILON = 1e-5;

export interface SwinBlockOptions extends WindowBlockOptions {
  readonly stage: number;
  readonly dropPathRate: number;
}

/** What the two versions do differently. */
export interface SwinParts {
  readonly makeBlock: (features: number, heads: number, options: SwinBlockOptions) => WindowBlock;
  readonly makeMerging: (from: number, to: number) => SwinMerging;
}

/** Joins each 2x2 patches and halves their channels, `[B,H,W,C] -> [B,H/2,W/2,2C]`. */
export abstract class SwinMerging extends Module {
  /** `[...,4C] -> [...,2C]` */
  protected abstract reduce(joined: tf.Tensor): tf.Tensor;

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const even = padImage(x, [
      [0, x.shape[1] % 2],
      [0, x.shape[2] % 2],
    ]);
    const [batch, height, width, channels] = even.shape;
    const pairs = tf.reshape(even, [batch, height / 2, 2, width / 2, 2, channels]);
    // Of the four, the left column comes first.
    const apart = tf.transpose(pairs, [0, 1, 3, 4, 2, 5]);
    return this.reduce(tf.reshape(apart, [batch, height / 2, width / 2, 4 * channels])) as tf.Tensor4D;
  }
}

class SwinStage extends Module {
  downsample: SwinMerging | null;
  blocks: Sequential;

  constructor(downsample: SwinMerging | null, blocks: readonly WindowBlock[]) {
    super();
    this.downsample = downsample;
    this.blocks = new Sequential(blocks);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.downsample === null ? x : this.downsample.call(x);
    return this.blocks.call(y) as tf.Tensor4D;
  }
}

/** Liu et al. 2021 (arXiv 2103.14030), with timm's structure and names: `[B,H,W,C] -> [B,K]`. */
export class SwinTransformer extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = {
    stem: /^patch_embed\./,
    blocks: /^layers\.(\d+)\.(?:downsample|blocks\.(\d+))\./,
    last: /^norm\./,
  };
  readonly classifierPath = 'head.fc';
  readonly firstConvPath = 'patch_embed.proj';
  patch_embed: PatchEmbed;
  layers: Sequential;
  norm: LayerNorm;
  head: ClassifierHead;

  constructor(settings: SwinSettings, options: ModelOptions, parts: SwinParts) {
    super();
    const { features, imageSize: size = 224, anySize = false } = settings;
    this.patch_embed = new PatchEmbed({
      patchSize: SWIN_PATCH,
      inChannels: options.inChannels,
      features,
      imageSize: options.imageSize ?? [size, size],
      normEpsilon: SWIN_EPSILON,
      anySize,
    });
    this.layers = makeStages(settings, this.patch_embed.grid, options.dropPathRate, parts);
    this.norm = new LayerNorm(8 * features, { epsilon: SWIN_EPSILON });
    this.head = new ClassifierHead(
      8 * features,
      classesOf(options),
      options.globalPool ?? 'avg',
      options.dropRate,
    );
    this.featureInfo = settings.depths.map((_, i) => ({
      channels: features * 2 ** i,
      reduction: SWIN_PATCH * 2 ** i,
      module: `layers.${i}`,
    }));
    initWeights(this.layers, () => init.truncatedNormal(0.02));
    initWeights(this.head, () => init.truncatedNormal(0.02));
  }

  get numFeatures(): number {
    return this.head.numFeatures;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    let y: tf.Tensor = this.patch_embed.call(x);
    y = this.layers.call(y);
    return this.norm.call(y) as tf.Tensor4D;
  }

  forwardHead(features: tf.Tensor4D, options: { readonly preLogits?: boolean } = {}): tf.Tensor {
    return this.head.call(features, options);
  }

  resetClassifier(classes: Classes, globalPool?: GlobalPool): void {
    this.head.reset(classes, globalPool);
  }
}

function makeStages(
  { features, depths, heads, windows, anySize = false }: SwinSettings,
  grid: readonly [number, number],
  dropPathRate: number,
  { makeBlock, makeMerging }: SwinParts,
): Sequential {
  const total = depths.reduce((sum, depth) => sum + depth, 0);
  let index = 0;
  return new Sequential(
    depths.map((depth, stage) => {
      const wanted = windows[stage]!;
      const size = grid.map((extent) => Math.ceil(extent / 2 ** stage));
      // A window that covers the whole map needs no shift, and must not be larger than the map.
      const covers = (extent: number) => !anySize && extent <= wanted;
      const window = size.map((extent) => (covers(extent) ? extent : wanted)) as [number, number];
      const half = size.map((extent) => (covers(extent) ? 0 : Math.floor(wanted / 2))) as [number, number];
      const width = features * 2 ** stage;
      const blocks = Array.from({ length: depth }, (_, i) => {
        const shift = i % 2 === 0 ? ([0, 0] as const) : half;
        const rate = dropPathAt(dropPathRate, index++, total);
        return makeBlock(width, heads[stage]!, { window, shift, anySize, stage, dropPathRate: rate });
      });
      return new SwinStage(stage === 0 ? null : makeMerging(width / 2, width), blocks);
    }),
  );
}

/** Reads the first published names, which put the merging into the stage before, and leaves out what follows from settings. */
export function withNewNames(state: StateDict): StateDict {
  const isOld = state.has('layers.0.downsample.norm.weight');
  const renamed = new Map<string, StateTensor>();
  for (const [key, tensor] of state) {
    if (/(relative_position_index|relative_coords_table|attn_mask)$/.test(key)) continue;
    const named = isOld
      ? key
          .replace(/^layers\.(\d+)\.downsample\./, (_, i) => `layers.${Number(i) + 1}.downsample.`)
          .replace(/^head\.(?!fc\.)/, 'head.fc.')
      : key;
    renamed.set(named, tensor);
  }
  return renamed;
}
