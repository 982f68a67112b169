import { type Classes, type DepthGroups, type FeatureStage, ImageModel, MultiHead } from '@podium/model-zoo';
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Identity,
  Linear,
  MaxPool2d,
  SelectAdaptivePool2d,
  Sequential,
} from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';

const WIDTHS = [32, 64, 128, 256] as const;
/** Maps are halved until their side is about this long. */
const LEAST_SIDE = 6;

/**
 * A small convolutional net for small images, or for where no pretrained weights can be had: two 3x3 convolutions with
 * batch norm and ReLU before each halving, `[B,S,S,3] -> [B,K]`.
 */
export class SmallNet extends ImageModel {
  readonly featureInfo: readonly FeatureStage[];
  readonly depthGroups: DepthGroups = { stem: /^features\.0\./, blocks: /^features\.(\d+)\./ };
  readonly classifierPath = 'fc';
  readonly firstConvPath = 'features.0';
  readonly numFeatures: number;
  features: Sequential;
  pool: SelectAdaptivePool2d = new SelectAdaptivePool2d('avg');
  drop: Dropout;
  fc: Linear | MultiHead | Identity;

  constructor(imageSize: number, classes: Classes, dropRate = 0.3) {
    super();
    const layers: (Conv2d | BatchNorm2d | MaxPool2d)[] = [];
    const stages: FeatureStage[] = [];
    // Large images are halved by the first convolution already.
    let reduction = imageSize > 64 ? 2 : 1;
    let channels = 3;
    for (const [stage, width] of WIDTHS.entries()) {
      for (let i = 0; i < 2; i++) {
        const stride = stage === 0 && i === 0 ? reduction : 1;
        layers.push(new Conv2d(channels, width, 3, { padding: 1, stride, bias: false }));
        layers.push(new BatchNorm2d(width, { activation: 'relu' }));
        channels = width;
      }
      stages.push({ channels, reduction, module: `features.${layers.length - 1}` });
      if (stage === WIDTHS.length - 1 || imageSize / (reduction * 2) < LEAST_SIDE) break;
      layers.push(new MaxPool2d({ kernel: 2 }));
      reduction *= 2;
    }
    this.featureInfo = stages;
    this.features = new Sequential(layers);
    this.numFeatures = channels;
    this.drop = new Dropout(dropRate);
    this.fc = classifier(channels, classes);
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.features.call(x) as tf.Tensor4D;
  }

  forwardHead(
    features: tf.Tensor4D,
    { preLogits = false }: { readonly preLogits?: boolean } = {},
  ): tf.Tensor {
    const pooled = this.pool.call(features);
    return preLogits ? pooled : (this.fc.call(this.drop.call(pooled) as never) as tf.Tensor);
  }

  resetClassifier(classes: Classes): void {
    this.fc = classifier(this.numFeatures, classes);
  }
}

function classifier(features: number, classes: Classes): Linear | MultiHead | Identity {
  if (typeof classes !== 'number') return new MultiHead(features, classes);
  return classes === 0 ? new Identity() : new Linear(features, classes);
}
