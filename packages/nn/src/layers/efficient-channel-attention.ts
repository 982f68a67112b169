import { conv2d, globalAveragePool2d, scaleChannels } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { kaimingUniform } from '../init.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';

/**
 * Multiplies each channel by a gate computed from the means of the channels beside it, `[B,H,W,C] -> [B,H,W,C]` (ECA: Wang et
 * al. 2020, arXiv 1910.03151; timm's `EcaModule`), and by `gain`, which costs nothing more.
 */
export class EfficientChannelAttention extends Module<[x: tf.Tensor4D, gain?: number | tf.Scalar]> {
  readonly channels: number;
  conv: ChannelConv;

  constructor(channels: number) {
    super();
    this.channels = channels;
    this.conv = new ChannelConv(kernelFor(channels));
  }

  forward(x: tf.Tensor4D, gain: number | tf.Scalar = 1): tf.Tensor4D {
    const gates = tf.sigmoid(this.conv.call(globalAveragePool2d(x)));
    return scaleChannels(x, gain === 1 ? gates : tf.mul(gates, gain));
  }

  override extraRepr(): string {
    return String(this.channels);
  }
}

/** A convolution along the channels, `[B,C] -> [B,C]`. Its weight is that of `torch.nn.Conv1d(1, 1, size)`. */
class ChannelConv extends Module<[means: tf.Tensor2D], tf.Tensor2D> {
  readonly size: number;
  weight: Parameter;

  constructor(size: number) {
    super();
    this.size = size;
    this.weight = new Parameter([1, 1, size], kaimingUniform({ slope: Math.sqrt(5) }));
  }

  forward(means: tf.Tensor2D): tf.Tensor2D {
    const [batch, channels] = means.shape;
    const column = tf.reshape(means, [batch, channels, 1, 1]) as tf.Tensor4D;
    const filter = tf.reshape(this.weight.data, [this.size, 1, 1, 1]) as tf.Tensor4D;
    return tf.reshape(conv2d(column, filter, { padding: [(this.size - 1) / 2, 0] }), [batch, channels]);
  }

  override extraRepr(): string {
    return String(this.size);
  }
}

/** The nearest odd number that the paper's rule gives: more channels, more neighbors. */
function kernelFor(channels: number): number {
  const size = Math.floor(Math.abs(Math.log2(channels) + 1) / 2);
  return Math.max(size % 2 === 1 ? size : size + 1, 3);
}
