import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Linear,
  MaxPool2d,
  Module,
  manualSeed,
  SelectAdaptivePool2d,
  Sequential,
} from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';

/** Channels of the three stages, each of two 3x3 convolutions, at 28, 14 and 7 pixels. */
const WIDTHS = [32, 64, 128] as const;

/**
 * A small convolutional network for digits, `[B,28,28,1] -> [B,10]`: three stages of two convolutions with batch norm and
 * ReLU, max pooling between them, then global pooling, dropout and a linear layer. peer.py has the same.
 */
export class DigitNet extends Module<[x: tf.Tensor4D], tf.Tensor2D> {
  readonly stages: Sequential;
  readonly pool: SelectAdaptivePool2d = new SelectAdaptivePool2d('avg');
  readonly dropout: Dropout;
  readonly head: Linear;

  constructor(options: { readonly dropout?: number; readonly classes?: number } = {}) {
    super();
    const { dropout = 0.2, classes = 10 } = options;
    let channels = 1;
    const layers: Module[] = [];
    for (const [i, width] of WIDTHS.entries()) {
      if (i > 0) layers.push(new MaxPool2d({ kernelSize: 2 }));
      for (let k = 0; k < 2; k++) {
        layers.push(new Conv2d(channels, width, 3, { padding: 1, bias: false }));
        layers.push(new BatchNorm2d(width, { activation: 'relu' }) as unknown as Module);
        channels = width;
      }
    }
    this.stages = new Sequential(layers);
    this.dropout = new Dropout(dropout);
    this.head = new Linear(channels, classes);
  }

  forward(x: tf.Tensor4D): tf.Tensor2D {
    const features = this.pool.call(this.stages.call(x) as tf.Tensor4D);
    return this.head.call(this.dropout.call(features)) as tf.Tensor2D;
  }
}

/** A network whose initial weights depend only on the seed. */
export function digitNet(seed: string | number, options: { readonly dropout?: number } = {}): DigitNet {
  manualSeed(seed);
  return new DigitNet(options);
}
