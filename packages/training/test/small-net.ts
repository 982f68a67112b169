import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  Module,
  manualSeed,
} from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { createHeadsLoss, type HeadsLoss } from '../src/losses/index.ts';

/** A small convolutional net with batch norm and dropout: `[B,H,W,1] -> [B,K]`. */
export class SmallNet extends Module<[x: tf.Tensor4D], tf.Tensor> {
  readonly stem: Conv2d = new Conv2d(1, 8, 3, { padding: 1, bias: false });
  readonly norm1: BatchNorm2d = new BatchNorm2d(8, { activation: 'relu' });
  readonly conv: Conv2d = new Conv2d(8, 16, 3, { padding: 1, bias: false });
  readonly norm2: BatchNorm2d = new BatchNorm2d(16, { activation: 'relu' });
  readonly pool: AdaptiveAvgPool2d = new AdaptiveAvgPool2d(2);
  readonly flatten: Flatten = new Flatten();
  readonly dropout: Dropout = new Dropout(0.1);
  head: Linear;

  constructor(classes = 3) {
    super();
    this.head = new Linear(64, classes);
  }

  forward(x: tf.Tensor4D): tf.Tensor {
    const y = this.norm2.call(this.conv.call(this.norm1.call(this.stem.call(x))));
    return this.head.call(this.dropout.call(this.flatten.call(this.pool.call(y))));
  }
}

export function smallNet(classes = 3, seed = 'net'): SmallNet {
  manualSeed(seed);
  return new SmallNet(classes);
}

export function labelLoss(classes = 3): HeadsLoss {
  return createHeadsLoss([{ name: 'label', classes, loss: { name: 'cross-entropy' } }]);
}
