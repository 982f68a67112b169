import type { Activation } from '@podium/engine';
import { BatchNorm2d, Conv2d, init, Module, Parameter } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';

export interface ConvNormOptions {
  readonly stride?: number;
  readonly groups?: number;
  readonly activation?: Activation;
  /** The norm's initial weights are 0 instead of 1, so that the branch adds nothing at first. */
  readonly startsAtZero?: boolean;
}

/** Convolution that keeps the size, batch norm, shortcut and activation, under the names `c` and `bn`. */
export class ConvNorm extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  c: Conv2d;
  bn: BatchNorm2d;

  constructor(from: number, to: number, kernel: number, options: ConvNormOptions = {}) {
    super();
    const { stride = 1, groups = 1, activation, startsAtZero = false } = options;
    this.c = new Conv2d(from, to, kernel, { stride, groups, padding: (kernel - 1) / 2, bias: false });
    this.bn = new BatchNorm2d(to, { activation });
    if (startsAtZero) this.bn.weight = new Parameter([to], init.zeros);
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    return this.bn.call(this.c.call(x), residual);
  }
}
