import { type Activation, activate, globalAveragePool2d, scaleChannels } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.ts';
import { Conv2d } from './conv2d.ts';

export interface SqueezeExciteOptions {
  /** Channels between the two convolutions. */
  readonly reduced: number;
  /** Activation between them. Default `relu`. */
  readonly activation?: Activation;
  readonly gate?: 'sigmoid' | 'hardSigmoid';
  /** Names of the two convolutions, which differ between timm's families. Default `fc1`, `fc2`. */
  readonly names?: readonly [reduce: string, expand: string];
}

/**
 * Multiplies each channel by a gate computed from the means of all channels, `[B,H,W,C] -> [B,H,W,C]` (Hu et al. 2018), and by
 * `gain`, which costs nothing more.
 */
export class SqueezeExcite extends Module<[x: tf.Tensor4D, gain?: number | tf.Scalar]> {
  readonly activation: Activation;
  readonly gate: 'sigmoid' | 'hardSigmoid';
  readonly names: readonly [reduce: string, expand: string];

  constructor(channels: number, options: SqueezeExciteOptions) {
    super();
    this.activation = options.activation ?? 'relu';
    this.gate = options.gate ?? 'sigmoid';
    this.names = options.names ?? ['fc1', 'fc2'];
    const self = this as unknown as Record<string, Conv2d>;
    self[this.names[0]] = new Conv2d(channels, options.reduced, 1);
    self[this.names[1]] = new Conv2d(options.reduced, channels, 1);
  }

  forward(x: tf.Tensor4D, gain: number | tf.Scalar = 1): tf.Tensor4D {
    const self = this as unknown as Record<string, Conv2d>;
    const [batch, , , channels] = x.shape;
    const means = tf.reshape(globalAveragePool2d(x), [batch, 1, 1, channels]) as tf.Tensor4D;
    const reduced = activate(self[this.names[0]]!.call(means), this.activation);
    const scores = tf.reshape(self[this.names[1]]!.call(reduced), [batch, channels]) as tf.Tensor2D;
    const factors = this.gate === 'sigmoid' ? tf.sigmoid(scores) : activate(scores, 'hardSigmoid');
    return scaleChannels(x, gain === 1 ? factors : tf.mul(factors, gain));
  }

  override extraRepr(): string {
    return `${this.activation}, ${this.gate}`;
  }
}
