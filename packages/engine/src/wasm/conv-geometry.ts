import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';

/** Attributes that TensorFlow.js passes to the gradient kernels of 2-D convolutions. */
export interface ConvGradientAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  /** Only for depthwise convolutions. */
  readonly dilations?: [number, number] | number;
  readonly dataFormat?: 'NHWC' | 'NCHW';
}

type Shape4D = [number, number, number, number];

/**
 * Geometry of the forward convolution `[B,H,W,C] * [kh,kw,C,K]` (depthwise: `[kh,kw,C,m]`).
 *
 * @throws PodiumError `engine-data-format` for `NCHW`, which the WebAssembly backend does not support in forward passes
 * either
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
