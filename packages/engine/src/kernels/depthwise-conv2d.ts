import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { TfType } from '../native/attributes.ts';
import { nativeBackend, state } from '../state.ts';
import { type ConvOptions, dilate, filterGradient, inputGradient, windowAttributes } from './conv2d.ts';
import { differentiable } from './differentiable.ts';
import { imageMargins, pick, slide } from './geometry.ts';
import { padImage } from './pad.ts';

/**
 * Depthwise convolution `[B,H,W,C] * [kh,kw,C,m] -> [B,H',W',C*m]`: each channel by its own m filters, as
 * `torch.nn.functional.conv2d` with `groups = C` computes it, in the engine's precision.
 *
 * @throws PodiumError where the channels differ or the window does not fit the image
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  options: Omit<ConvOptions, 'groups'> = {},
): tf.Tensor4D {
  const [kh, kw, channels] = weight.shape;
  if (x.shape[3] !== channels) {
    throw new PodiumError({
      code: 'engine-shape',
      message: 'depthwiseConv2d',
      expected: `an input of ${channels} channels for weight [${weight.shape}]`,
      got: `[${x.shape}]`,
    });
  }
  const { dilation = 1 } = options;
  const by: [number, number] = [pick(dilation, 0), pick(dilation, 1)];
  if (by[0] > 1 || by[1] > 1) {
    // Neither oneDNN nor TensorFlow.js has gradients for dilations here: put the zeros into the filter instead.
    const spread = dilate(dilate(weight, 0, by[0]), 1, by[1]);
    return depthwiseConv2d(x, spread, { ...options, dilation: 1 });
  }
  const geometry = slide(x.shape, { ...options, kernel: [kh, kw] }, 'depthwiseConv2d');
  const { height, width } = geometry;
  const backend = nativeBackend();
  if (backend === undefined) {
    const padded = padImage(x, imageMargins(geometry));
    return tf.depthwiseConv2d(padded, weight, [height.stride, width.stride], 'valid');
  }
  const type = state.bfloat16 ? TfType.bfloat16 : TfType.float;
  const outerType = backend.isBfloat16(x) ? TfType.bfloat16 : TfType.float;
  // oneDNN has no fast bfloat16 gradient by the input of a strided depthwise convolution (it takes 37 ms where float32
  // takes 3 ms).
  const dxType = height.stride > 1 || width.stride > 1 ? TfType.float : type;
  return differentiable(
    { x, weight },
    (save) => {
      const input = backend.toType(x, type);
      const filter = backend.toType(weight, type);
      save([input, filter]);
      return backend.runOne('DepthwiseConv2dNative', windowAttributes(type, geometry, 'explicit'), [
        input,
        filter,
      ]);
    },
    (dy, [input, filter]) => ({
      x: () => {
        const gradient = backend.toType(dy, dxType);
        const taps = backend.toType(filter as tf.Tensor, dxType) as tf.Tensor4D;
        const dx = inputGradient(backend, 'DepthwiseConv2dNative', x.shape, taps, gradient, geometry, dxType);
        return backend.toType(dx, outerType);
      },
      weight: () => {
        const gradient = backend.toType(dy, type);
        const image = input as tf.Tensor4D;
        const dw = filterGradient(
          backend,
          'DepthwiseConv2dNative',
          image,
          weight.shape,
          gradient,
          geometry,
          type,
        );
        return backend.toType(dw, TfType.float);
      },
    }),
  ) as tf.Tensor4D;
}
