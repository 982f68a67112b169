import type { UserModelContext } from '@podium/competition';
import {
  type Classes,
  type DepthGroups,
  type FeatureStage,
  type HeadSizes,
  ImageModel,
  MultiHead,
} from '@podium/model-zoo';
import { BatchNorm2d, Conv2d, SelectAdaptivePool2d, Sequential } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

const settings = z.strictObject({ widths: z.array(z.int().min(1)).min(1) });

/** What the settings name: gets their `argument` and what the competition asks for, gives a model with fresh weights. */
export function tinyNet(argument: unknown, { heads }: UserModelContext): TinyNet {
  return new TinyNet(settings.parse(argument).widths, heads);
}

/** 3x3 convolutions that halve the map, each with batch norm and ReLU; then the average, and one classifier per head. */
class TinyNet extends ImageModel {
  // Parameters are found by the names of these attributes: `layers.0.weight`.
  layers: Sequential;
  pool: SelectAdaptivePool2d = new SelectAdaptivePool2d('avg');
  heads: MultiHead;

  // What transfer learning and explanations ask about a model.
  readonly numFeatures: number;
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^layers\.[01]\./, blocks: /^layers\.(\d+)\./ };
  readonly classifierPath = 'heads';
  readonly firstConvPath = 'layers.0';

  constructor(widths: readonly number[], classes: HeadSizes) {
    super();
    let channels = 3;
    const layers = widths.flatMap((width) => {
      const conv = new Conv2d(channels, width, 3, { stride: 2, padding: 1, bias: false });
      channels = width;
      return [conv, new BatchNorm2d(width, { activation: 'relu' })];
    });
    this.layers = new Sequential(layers);
    this.numFeatures = channels;
    this.featureInfo = widths.map((width, i) => ({
      channels: width,
      reduction: 2 ** (i + 1),
      module: `layers.${2 * i + 1}`,
    }));
    this.heads = new MultiHead(channels, classes);
  }

  /** `[B,S,S,3] -> [B,S/r,S/r,C]` */
  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.layers.call(x) as tf.Tensor4D;
  }

  /** `-> [B,K]`, logits of all heads side by side, or pooled features `[B,C]` */
  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const pooled = this.pool.call(features);
    return preLogits ? pooled : this.heads.call(pooled);
  }

  resetClassifier(classes: Classes): void {
    this.heads = new MultiHead(this.numFeatures, typeof classes === 'number' ? { label: classes } : classes);
  }
}
