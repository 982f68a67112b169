import { addBias, batchNormTrain, conv2d } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { constant } from '../init.ts';
import { Parameter } from '../parameter.ts';
import { convolutionOf, type Reparameterizable } from '../reparameterize.ts';
import { Conv2d, type Conv2dOptions } from './conv2d.ts';

export interface ScaledStdConv2dOptions extends Conv2dOptions {
  /** Factor of the weights besides gain and 1/sqrt(fan-in), or of the inputs, which is the same. Default 1. */
  readonly factor?: number;
  /** Added to the variance of the weights. Default 1e-5. */
  readonly epsilon?: number;
  /** Initial gain. Default 1. */
  readonly gain?: number;
}

/**
 * A convolution whose weights are standardized per output channel and multiplied by a learned gain, `[B,H,W,C] -> [B,H',W',K]`
 * (Brock et al. 2021, arXiv 2101.08692; timm's `ScaledStdConv2d`). In the inference form it is an ordinary convolution.
 */
export class ScaledStdConv2d extends Conv2d implements Reparameterizable {
  readonly factor: number;
  readonly epsilon: number;
  gain: Parameter;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    { factor = 1, epsilon = 1e-5, gain = 1, ...conv }: ScaledStdConv2dOptions = {},
  ) {
    super(inChannels, outChannels, kernelSize, conv);
    this.factor = factor;
    this.epsilon = epsilon;
    this.gain = new Parameter([outChannels, 1, 1, 1], constant(gain));
  }

  override forward(x: tf.Tensor4D): tf.Tensor4D {
    const { stride, padding, dilation, groups } = this;
    const y = conv2d(x, this.standardized(), { stride, padding, dilation, groups });
    return this.bias === null ? y : addBias(y, this.bias.data as tf.Tensor1D);
  }

  reparameterize(): Conv2d {
    return convolutionOf(
      () => ({
        weight: this.standardized(),
        bias: this.bias === null ? tf.zeros([this.outChannels]) : this.bias.data,
      }),
      this,
    );
  }

  /** A batch norm of the weights, with output channels as channels: one pass forward and backward. */
  private standardized(): tf.Tensor4D {
    const weight = this.weight.data as tf.Tensor4D;
    const [height, width, channels, filters] = weight.shape;
    const fanIn = height * width * channels;
    const scale = tf.mul(tf.reshape(this.gain.data, [filters]), this.factor * fanIn ** -0.5) as tf.Tensor1D;
    const zeros = tf.zeros([filters]) as tf.Tensor1D;
    const statistics = { runningMean: zeros, runningVariance: zeros };
    const { y } = batchNormTrain(
      tf.reshape(weight, [fanIn, 1, 1, filters]),
      { scale, offset: zeros, ...statistics },
      { epsilon: this.epsilon },
    );
    return tf.reshape(y, weight.shape);
  }
}
