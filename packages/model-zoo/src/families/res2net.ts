// Res2Net and Res2NeXt: Gao et al. 2019 (arXiv 1904.01169). Structure and names as in timm.
import { AvgPool2d, BatchNorm2d, Conv2d, init, ModuleList, Parameter } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import type { ModelOptions } from '../image-model.ts';
import {
  conv,
  ResidualBlock,
  ResNet,
  type ResNetBlockOptions,
  type ResNetShape,
  relu,
} from './shared/resnet-model.ts';

interface Res2NetSettings extends ResNetShape {
  /** Parts that the channels of a block are split into. */
  readonly scale: number;
  /** Channels of a part per group, for 64 channels inside a block. */
  readonly baseWidth: number;
  readonly cardinality?: number;
}

const EXPANSION = 4;

/** A 3x3 convolution for each part of the channels but the last. Each also gets the output of the one before. */
class Bottle2neck extends ResidualBlock {
  /** Whether the shape changes. Then the parts are independent of each other. */
  readonly isFirst: boolean;
  readonly scale: number;
  conv1: Conv2d;
  bn1: BatchNorm2d;
  convs: ModuleList;
  bns: ModuleList;
  pool: AvgPool2d | null;
  conv3: Conv2d;
  bn3: BatchNorm2d;

  constructor(inChannels: number, planes: number, settings: Res2NetSettings, options: ResNetBlockOptions) {
    super();
    const { scale, baseWidth, cardinality = 1 } = settings;
    const { stride, downsample } = options;
    const width = Math.floor(planes * (baseWidth / 64)) * cardinality;
    const out = planes * EXPANSION;
    const parts = Array.from({ length: scale - 1 });
    this.isFirst = stride > 1 || downsample !== null;
    this.scale = scale;
    this.conv1 = new Conv2d(inChannels, scale * width, 1, conv);
    this.bn1 = new BatchNorm2d(scale * width, relu);
    this.convs = new ModuleList(
      parts.map(
        () => new Conv2d(width, width, 3, { ...conv, stride, padding: 1, groups: cardinality }),
      ) as never[],
    );
    this.bns = new ModuleList(parts.map(() => new BatchNorm2d(width, relu)) as never[]);
    this.pool = this.isFirst ? new AvgPool2d({ kernelSize: 3, stride, padding: 1 }) : null;
    this.conv3 = new Conv2d(scale * width, out, 1, conv);
    this.bn3 = new BatchNorm2d(out);
    this.bn3.weight = new Parameter([out], init.zeros);
    this.finishWith(this.bn3, options);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const parts = tf.split<tf.Tensor4D>(this.bn1.call(this.conv1.call(x)), this.scale, 3);
    const outputs: tf.Tensor4D[] = [];
    for (const [i, convolution] of (this.convs.items as unknown as Conv2d[]).entries()) {
      const part = parts[i]!;
      const input = i === 0 || this.isFirst ? part : tf.add<tf.Tensor4D>(part, outputs[i - 1]!);
      const norm = this.bns.items[i] as unknown as BatchNorm2d;
      outputs.push(norm.call(convolution.call(input)));
    }
    const last = parts.at(-1)!;
    outputs.push(this.pool === null ? last : this.pool.call(last));
    return this.normAddRelu(this.bn3, this.conv3.call(tf.concat(outputs, 3)), x);
  }
}

function build(settings: Res2NetSettings, options: ModelOptions): ResNet {
  return new ResNet(
    settings,
    { expansion: EXPANSION, make: (from, planes, rest) => new Bottle2neck(from, planes, settings, rest) },
    options,
  );
}

function w(baseWidth: number, scale: number, rest: Partial<Res2NetSettings> = {}): Res2NetSettings {
  return { layers: [3, 4, 6, 3], baseWidth, scale, ...rest };
}

const layers = [3, 4, 23, 3] as const;
const deep = { stem: 'deep', averageDown: true } as const;

export const res2net: AnyFamily = defineFamily<Res2NetSettings>({
  name: 'res2net',
  build,
  variants: {
    res2net50_14w_8s: w(14, 8),
    res2net50_26w_4s: w(26, 4),
    res2net50_26w_6s: w(26, 6),
    res2net50_26w_8s: w(26, 8),
    res2net50_48w_2s: w(48, 2),
    res2net50d: w(26, 4, deep),
    res2net101_26w_4s: w(26, 4, { layers }),
    res2net101d: w(26, 4, { layers, ...deep }),
    res2next50: w(4, 4, { cardinality: 8 }),
  },
});
