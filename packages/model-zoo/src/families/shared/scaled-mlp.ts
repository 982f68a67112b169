import { type Activation, activate, addBias, conv2d } from '@podium/engine';
import { Conv2d, GlobalResponseNorm, Linear, linear, Module } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

type ScaledInputs<X extends tf.Tensor> = [x: X, scale?: tf.Tensor1D];

/**
 * A linear layer whose outputs are multiplied by `scale`, `[out]`: the block's layer scale. It goes into weight and bias, which
 * saves a pass over the activations.
 */
export class ScaledLinear extends Linear {
  override call(...inputs: ScaledInputs<tf.Tensor>): tf.Tensor {
    return super.call(...(inputs as [x: tf.Tensor]));
  }

  override forward(x: tf.Tensor, scale?: tf.Tensor1D): tf.Tensor {
    if (scale === undefined) return super.forward(x);
    const weight = tf.mul(this.weight.data, tf.expandDims(scale, 1));
    return linear(x, weight, tf.mul(this.bias!.data, scale));
  }
}

/** The same as a 1x1 convolution. */
class ScaledConv2d extends Conv2d {
  override call(...inputs: ScaledInputs<tf.Tensor4D>): tf.Tensor4D {
    return super.call(...(inputs as [x: tf.Tensor4D]));
  }

  override forward(x: tf.Tensor4D, scale?: tf.Tensor1D): tf.Tensor4D {
    if (scale === undefined) return super.forward(x);
    const y = conv2d(x, tf.mul(this.weight.data, scale) as tf.Tensor4D);
    return addBias(y, tf.mul(this.bias!.data, scale) as tf.Tensor1D);
  }
}

export interface ScaledMlpOptions {
  /** 1x1 convolutions instead of linear layers: weights of another shape, the same results. */
  readonly convMlp?: boolean;
  /** Global response normalization after the activation. */
  readonly responseNorm?: boolean;
  /** Default `gelu`. */
  readonly activation?: Activation;
}

/** Expands, activates, projects back and scales, `[B,H,W,C] -> [B,H,W,C]`. */
export class ScaledMlp extends Module<ScaledInputs<tf.Tensor4D>> {
  readonly activation: Activation;
  fc1: Conv2d | Linear;
  grn: GlobalResponseNorm | null;
  fc2: ScaledConv2d | ScaledLinear;

  constructor(channels: number, hidden: number, options: ScaledMlpOptions = {}) {
    super();
    const { convMlp = false, responseNorm = false, activation = 'gelu' } = options;
    this.activation = activation;
    this.fc1 = convMlp ? new Conv2d(channels, hidden, 1) : new Linear(channels, hidden);
    this.grn = responseNorm ? new GlobalResponseNorm(hidden) : null;
    this.fc2 = convMlp ? new ScaledConv2d(hidden, channels, 1) : new ScaledLinear(hidden, channels);
  }

  forward(x: tf.Tensor4D, scale?: tf.Tensor1D): tf.Tensor4D {
    let y = this.fc1.call(x) as tf.Tensor4D;
    y = activate(y, this.activation);
    if (this.grn !== null) y = this.grn.call(y);
    return this.fc2.call(y, scale) as tf.Tensor4D;
  }
}
