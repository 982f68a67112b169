import type { Activation } from '@podium/engine';
import { BatchNorm2d, Conv2d, type Initializer, Module } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';

export interface ConvBnActOptions {
  readonly stride?: number;
  readonly groups?: number;
  readonly dilation?: number;
  /** Whether the convolution has a bias. Default false. */
  readonly bias?: boolean;
  /** Default `relu`. */
  readonly activation?: Activation;
  /** Of the norm. Default 1e-5. */
  readonly epsilon?: number;
  /** Default: PyTorch's. */
  readonly init?: Initializer;
}

/**
 * Convolution that keeps the size up to its stride, batch norm, shortcut and activation, under timm's names `conv` and `bn`
 * (`ConvNormAct`): `[B,H,W,C] -> [B,H',W',K]`.
 */
export class ConvBnAct extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  conv: Conv2d;
  bn: BatchNorm2d;

  constructor(from: number, to: number, kernel: number, options: ConvBnActOptions = {}) {
    super();
    const {
      stride = 1,
      groups = 1,
      dilation = 1,
      bias = false,
      activation = 'relu',
      epsilon,
      init,
    } = options;
    const padding = (dilation * (kernel - 1)) / 2;
    this.conv = new Conv2d(from, to, kernel, { stride, groups, dilation, padding, bias, init });
    this.bn = new BatchNorm2d(to, { activation, epsilon });
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    return this.bn.call(this.conv.call(x), residual);
  }
}
