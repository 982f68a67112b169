// MobileNetV3: Howard et al. 2019 (arXiv 1905.02244). Structure and names as in timm.
import { activate } from '@podium/engine';
import {
  type BatchNorm2d,
  Conv2d,
  Dropout,
  type GlobalPool,
  type SelectAdaptivePool2d,
  type Sequential,
  SqueezeExcite,
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
import {
  type BlockStyle,
  batchNorm,
  convolution,
  type MakeGate,
  makeStages,
} from './shared/efficient-blocks.ts';
import { fromTorchvisionKey } from './shared/efficient-keys.ts';
import {
  cn,
  ds,
  ir,
  planStages,
  roundChannels,
  type StagePlans,
  type StageRows,
} from './shared/efficient-plan.ts';
import { fitPool } from './shared/fit-pool.ts';
import { initializeAsGoogle } from './shared/initialize-as-google.ts';

interface MobileNetV3Settings extends BlockStyle {
  /** Channels of the first convolution. */
  readonly stem: number;
  readonly stages: StagePlans;
  /** Width of the layer between pooling and classifier. */
  readonly head: number;
  readonly imageSize?: number;
}

/** The inner layer of the gate is a quarter as wide as the block's inner channels. */
const makeGate: MakeGate = (_, channels) =>
  new SqueezeExcite(channels, {
    reduced: roundChannels(channels / 4),
    activation: 'relu',
    gate: 'hardSigmoid',
    names: ['conv_reduce', 'conv_expand'],
  });

class MobileNetV3 extends ImageModel {
  readonly numFeatures: number;
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
  readonly activation: BlockStyle['activation'];
  drop: Dropout;
  classifier: Classifier;

  constructor(settings: MobileNetV3Settings, options: ModelOptions) {
    super();
    const { stem, stages, head, activation } = settings;
    this.activation = activation;
    this.conv_stem = convolution(options.inChannels, stem, 3, settings, { stride: 2 });
    this.bn1 = batchNorm(stem, settings, activation);
    const { blocks, featureInfo, channels } = makeStages(stages, settings, makeGate, options.dropPathRate);
    this.blocks = blocks;
    this.featureInfo = featureInfo;
    const { pool, features } = makePool(options.globalPool ?? 'avg', channels);
    this.global_pool = pool;
    this.conv_head = new Conv2d(features, head, 1);
    this.numFeatures = head;
    this.drop = new Dropout(options.dropRate);
    this.classifier = makeClassifier(head, classesOf(options));
    initializeAsGoogle(this);
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.conv_stem.call(x);
    y = this.bn1.call(y);
    return this.blocks.call(y) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const pooled = this.global_pool.call(features);
    const isVector = pooled.rank === 2;
    const map = (isVector ? tf.expandDims(tf.expandDims(pooled, 1), 1) : pooled) as tf.Tensor4D;
    let y: tf.Tensor = this.conv_head.call(map);
    y = activate(y, this.activation);
    if (isVector) y = tf.squeeze(y, [1, 2]);
    y = this.drop.call(y);
    return preLogits ? y : this.classifier.call(y);
  }

  /** @throws PodiumError `zoo-global-pool` if the new pooling gives another number of features: the layer after it stays */
  resetClassifier(classes: Classes, globalPool: GlobalPool = this.global_pool.kind): void {
    const channels = this.conv_head.inChannels / this.global_pool.featureMultiplier;
    this.global_pool = fitPool(globalPool, channels, this.conv_head.inChannels);
    this.classifier.dispose();
    this.classifier = makeClassifier(this.numFeatures, classes);
  }
}

const squeezeExcite = true;
const activation = 'relu';

/** Table 1 of the paper. */
const large: StageRows = [
  [ds(1, 3, 1, 16, { activation })],
  [ir(1, 3, 2, 4, 24, { activation }), ir(1, 3, 1, 3, 24, { activation })],
  [ir(3, 5, 2, 3, 40, { activation, squeezeExcite })],
  [ir(1, 3, 2, 6, 80), ir(1, 3, 1, 2.5, 80), ir(2, 3, 1, 2.3, 80)],
  [ir(2, 3, 1, 6, 112, { squeezeExcite })],
  [ir(3, 5, 2, 6, 160, { squeezeExcite })],
  [cn(1, 1, 1, 960, { shortcut: false })],
];

/** Table 2. */
const small: StageRows = [
  [ds(1, 3, 2, 16, { activation, squeezeExcite })],
  [ir(1, 3, 2, 4.5, 24, { activation }), ir(1, 3, 1, 3.67, 24, { activation })],
  [ir(1, 5, 2, 4, 40, { squeezeExcite }), ir(2, 5, 1, 6, 40, { squeezeExcite })],
  [ir(2, 5, 1, 3, 48, { squeezeExcite })],
  [ir(3, 5, 2, 6, 96, { squeezeExcite })],
  [cn(1, 1, 1, 576, { shortcut: false })],
];

/** For hardware without 5x5 kernels, gates and hard-swish. */
function minimal(rows: StageRows): StageRows {
  return rows.map((stage) =>
    stage.map(({ squeezeExcite: _, activation: __, ...row }) => ({
      ...row,
      kernel: Math.min(row.kernel, 3),
    })),
  );
}

type Rest = Partial<MobileNetV3Settings> & { readonly depth?: number };

function scaled(
  rows: StageRows,
  head: number,
  width: number,
  { depth = 1, ...rest }: Rest = {},
): MobileNetV3Settings {
  const stem = width < 0.75 ? 16 : roundChannels(16 * width);
  return { stem, stages: planStages(rows, stem, { width, depth }), head, activation: 'hardSwish', ...rest };
}

/** timm's ports of TensorFlow's weights. */
const tensorflow = { epsilon: 1e-3, padding: 'same' } as const;
const minimalTensorflow = { ...tensorflow, activation: 'relu' } as const;
/** torchvision's networks, under names that timm does not use. */
const torchvision = { epsilon: 1e-3, momentum: 0.01 } as const;

export const mobilenetv3: AnyFamily = defineFamily<MobileNetV3Settings>({
  name: 'mobilenetv3',
  build: (settings, options) => new MobileNetV3(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  torchvision: {
    mobilenet_v3_large: 'tv_mobilenetv3_large_100',
    mobilenet_v3_small: 'tv_mobilenetv3_small_100',
  },
  // In torchvision the layer after pooling is linear.
  fromTorchvision: (key, { stages }) =>
    key.startsWith('classifier.0.')
      ? key.replace('classifier.0.', 'conv_head.')
      : fromTorchvisionKey(key, stages, [
          `blocks.${stages.length - 1}.0.conv`,
          `blocks.${stages.length - 1}.0.bn1`,
        ]),
  variants: {
    mobilenetv3_large_075: scaled(large, 1280, 0.75),
    mobilenetv3_large_100: scaled(large, 1280, 1),
    mobilenetv3_large_150d: scaled(large, 1280, 1.5, { depth: 1.2, imageSize: 256 }),
    mobilenetv3_small_050: scaled(small, 1024, 0.5),
    mobilenetv3_small_075: scaled(small, 1024, 0.75),
    mobilenetv3_small_100: scaled(small, 1024, 1),
    tf_mobilenetv3_large_075: scaled(large, 1280, 0.75, tensorflow),
    tf_mobilenetv3_large_100: scaled(large, 1280, 1, tensorflow),
    tf_mobilenetv3_large_minimal_100: scaled(minimal(large), 1280, 1, minimalTensorflow),
    tf_mobilenetv3_small_075: scaled(small, 1024, 0.75, tensorflow),
    tf_mobilenetv3_small_100: scaled(small, 1024, 1, tensorflow),
    tf_mobilenetv3_small_minimal_100: scaled(minimal(small), 1024, 1, minimalTensorflow),
    tv_mobilenetv3_large_100: scaled(large, 1280, 1, torchvision),
    tv_mobilenetv3_small_100: scaled(small, 1024, 1, torchvision),
  },
});
