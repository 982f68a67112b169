// The frame of networks that are a ResNet with other blocks (ResNeSt, Res2Net, SKNet). Structure and names as in timm.
import { activate } from '@podium/engine';
import {
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  DropPath,
  type GlobalPool,
  Identity,
  type Initializer,
  init,
  MaxPool2d,
  Module,
  type SelectAdaptivePool2d,
  Sequential,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Classes,
  type Classifier,
  classesOf,
  type DepthGroups,
  dropPathAt,
  type FeatureStage,
  ImageModel,
  type ModelOptions,
  makeClassifier,
  makePool,
} from '../../image-model.ts';

export interface ResNetShape {
  /** Blocks per stage. */
  readonly layers: readonly [number, number, number, number];
  /** Three 3x3 convolutions instead of the 7x7 one; in the tiered form the first is narrower. */
  readonly stem?: 'deep' | 'tiered';
  /** Channels of the first convolutions of such a stem. Default 32. */
  readonly stemWidth?: number;
  /** Average pooling in the shortcuts, before a convolution without a stride. */
  readonly averageDown?: boolean;
}

/** What a block gets besides its channels. */
export interface ResNetBlockOptions {
  readonly stride: number;
  /** Projects the shortcut if its shape changes. */
  readonly downsample: Sequential | null;
  readonly dropPathRate: number;
}

/** Blocks with `expansion` times as many channels at the end as inside (`planes`). */
export interface ResNetBlocks {
  readonly expansion: number;
  readonly make: (inChannels: number, planes: number, options: ResNetBlockOptions) => ResidualBlock;
}

/** Options of the convolutions of ResNets. */
export const conv: { readonly bias: false; readonly init: Initializer } = {
  bias: false,
  init: init.kaimingNormal({ mode: 'fanOut', nonlinearity: 'relu' }),
};
export const relu = { activation: 'relu' } as const;

/** A gate on the channels of a map, `[B,H,W,C] -> [B,H,W,C]`. */
export type ChannelGate = Module<[x: tf.Tensor4D]>;

/** What all blocks share: all that follows the last convolution. */
export abstract class ResidualBlock extends Module {
  se: ChannelGate | null = null;
  downsample: Sequential | null = null;
  drop_path: DropPath | null = null;

  /** `relu(norm(y) + shortcut(x))`, with gate and stochastic depth on the branch: one pass over memory without those two. */
  protected normAddRelu(norm: BatchNorm2d, y: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
    const shortcut = this.downsample === null ? x : (this.downsample.call(x) as tf.Tensor4D);
    if (norm.activation === 'relu') return norm.call(y, shortcut);
    let branch = norm.call(y);
    if (this.se !== null) branch = this.se.call(branch);
    if (this.drop_path !== null) branch = this.drop_path.call(branch) as tf.Tensor4D;
    return activate(tf.add(branch, shortcut), 'relu');
  }

  /** Call it last in the constructor. */
  protected finishWith(
    norm: BatchNorm2d,
    { downsample, dropPathRate }: ResNetBlockOptions,
    gate: ChannelGate | null = null,
  ): void {
    this.se = gate;
    this.downsample = downsample;
    if (dropPathRate > 0) this.drop_path = new DropPath(dropPathRate);
    // With nothing between them, norm, addition and ReLU are one pass over memory.
    if (this.se === null && this.drop_path === null) norm.activation = 'relu';
  }
}

/** timm's ResNet: stem, four stages of blocks, pooling, classifier. */
export class ResNet extends ImageModel {
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^(conv1|bn1)\./, blocks: /^layer(\d+)\.(\d+)\./ };
  readonly classifierPath = 'fc';
  readonly firstConvPath: string;
  conv1: Conv2d | Sequential;
  bn1: BatchNorm2d;
  maxpool: MaxPool2d;
  layer1: Sequential;
  layer2: Sequential;
  layer3: Sequential;
  layer4: Sequential;
  global_pool: SelectAdaptivePool2d;
  drop: Dropout;
  fc: Classifier;

  constructor(shape: ResNetShape, blocks: ResNetBlocks, options: ModelOptions) {
    super();
    const { stem, stemWidth = 32 } = shape;
    const width = stem === undefined ? 64 : 2 * stemWidth;
    this.firstConvPath = stem === undefined ? 'conv1' : 'conv1.0';
    this.conv1 =
      stem === undefined
        ? new Conv2d(options.inChannels, width, 7, { ...conv, stride: 2, padding: 3 })
        : makeDeepStem(
            options.inChannels,
            stem === 'tiered' ? 3 * Math.floor(stemWidth / 4) : stemWidth,
            stemWidth,
          );
    this.bn1 = new BatchNorm2d(width, relu);
    this.maxpool = new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 });
    [this.layer1, this.layer2, this.layer3, this.layer4] = makeStages(
      shape,
      width,
      blocks,
      options.dropPathRate,
    );
    const { expansion } = blocks;
    const { pool, features } = makePool(options.globalPool ?? 'avg', 512 * expansion);
    this.numFeatures = features;
    this.global_pool = pool;
    this.drop = new Dropout(options.dropRate);
    this.fc = makeClassifier(features, classesOf(options));
    this.featureInfo = [
      { channels: width, reduction: 2, module: 'bn1' },
      ...[64, 128, 256, 512].map((planes, i) => ({
        channels: planes * expansion,
        reduction: 4 * 2 ** i,
        module: `layer${i + 1}`,
      })),
    ];
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    let y = (this.conv1 as Conv2d).call(x);
    y = this.bn1.call(y);
    y = this.maxpool.call(y);
    y = this.layer1.call(y) as tf.Tensor4D;
    y = this.layer2.call(y) as tf.Tensor4D;
    y = this.layer3.call(y) as tf.Tensor4D;
    return this.layer4.call(y) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    let y = this.global_pool.call(features);
    y = this.drop.call(y);
    return preLogits ? y : this.fc.call(y);
  }

  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const channels = this.numFeatures / this.global_pool.featureMultiplier;
    const { pool, features } = makePool(globalPool, channels);
    this.global_pool = pool;
    (this as { numFeatures: number }).numFeatures = features;
    this.fc.dispose();
    this.fc = makeClassifier(features, classes);
  }
}

function makeDeepStem(inChannels: number, first: number, second: number): Sequential {
  return new Sequential([
    new Conv2d(inChannels, first, 3, { ...conv, stride: 2, padding: 1 }),
    new BatchNorm2d(first, relu),
    new Identity(),
    new Conv2d(first, second, 3, { ...conv, padding: 1 }),
    new BatchNorm2d(second, relu),
    new Identity(),
    new Conv2d(second, 2 * second, 3, { ...conv, padding: 1 }),
  ]);
}

function makeStages(
  { layers, averageDown = false }: ResNetShape,
  stemChannels: number,
  { expansion, make }: ResNetBlocks,
  dropPathRate: number,
): [Sequential, Sequential, Sequential, Sequential] {
  const total = layers.reduce((sum, count) => sum + count, 0);
  let channels = stemChannels;
  let index = 0;
  return layers.map((count, stage) => {
    const planes = 64 * 2 ** stage;
    const blocks: ResidualBlock[] = [];
    for (let i = 0; i < count; i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      const out = planes * expansion;
      const needsProjection = i === 0 && (stride > 1 || channels !== out);
      blocks.push(
        make(channels, planes, {
          stride,
          downsample: needsProjection ? makeDownsample(channels, out, stride, averageDown) : null,
          dropPathRate: dropPathAt(dropPathRate, index, total),
        }),
      );
      channels = out;
      index++;
    }
    return new Sequential(blocks);
  }) as [Sequential, Sequential, Sequential, Sequential];
}

function makeDownsample(from: number, to: number, stride: number, isAveraged: boolean): Sequential {
  if (!isAveraged) return new Sequential([new Conv2d(from, to, 1, { ...conv, stride }), new BatchNorm2d(to)]);
  const pool =
    stride === 1
      ? new Identity()
      : new AvgPool2d({ kernelSize: 2, stride, ceilMode: true, countIncludePad: false });
  return new Sequential([pool, new Conv2d(from, to, 1, conv), new BatchNorm2d(to)]);
}
