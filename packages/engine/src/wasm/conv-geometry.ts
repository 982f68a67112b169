import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';

/** What TensorFlow.js passes to the gradient kernels of its 2-D convolutions. */
export interface ConvGradientAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  /** TensorFlow.js passes these for depthwise convolutions only. */
  readonly dilations?: [number, number] | number;
  readonly dataFormat?: 'NHWC' | 'NCHW';
}

type Shape4D = [number, number, number, number];

/**
 * Sizes, strides and padding of the forward convolution `[B,H,W,C] * [kh,kw,C,K]` (depthwise: `[kh,kw,C,m]`).
 *
 * @throws PodiumError for `NCHW`, which the WebAssembly backend cannot convolve forward either
 */
export function convGeometry(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: ConvGradientAttributes,
  kernelName: string,
): tf.backend_util.Conv2DInfo {
  const { strides, pad, dimRoundingMode, dilations = 1, dataFormat = 'NHWC' } = attributes;
  if (dataFormat !== 'NHWC') {
    throw new PodiumError({
      code: 'engine-data-format',
      message: `${kernelName} on WebAssembly`,
      expected: 'NHWC',
      got: dataFormat,
      fix: 'transpose the image to [batch, height, width, channels]',
    });
  }
  const depthwise = kernelName.startsWith('Depthwise');
  return tf.backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}
