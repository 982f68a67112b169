import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { intAttr, type OpAttribute, TfType, typeAttr } from '../native/attributes.ts';
import { nativeBackend, state } from '../state.ts';
import {
  type Convolution,
  filterGradient,
  forwardAttributes,
  inputGradient,
  podiumStep,
} from './conv-gradients.ts';
import { type ConvOptions, dilate } from './conv2d.ts';
import { differentiable } from './differentiable.ts';
import { type Geometry, imageMargins, pick, slide } from './geometry.ts';
import { padImage } from './pad.ts';

/**
 * Depthwise convolution, `[B,H,W,C] * [kh,kw,C,m] -> [B,H',W',C*m]`: m filters per channel, as
 * `torch.nn.functional.conv2d` with `groups = C`, in the engine's precision.
 *
 * Versions: TensorFlow.js's own op on any backend (the reference), and TensorFlow's op with Podium's ops for the gradients,
 * or, where those are missing or a channel has several filters, the gradients of `conv-gradients.ts`.
 *
 * @throws PodiumError `engine-shape` if the channels differ, or the window is larger than the padded image
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
    // Neither oneDNN nor TensorFlow.js has gradients for dilations here: insert zeros into the filter instead.
    const spread = dilate(dilate(weight, 0, by[0]), 1, by[1]);
    return depthwiseConv2d(x, spread, { ...options, dilation: 1 });
  }
  const geometry = slide(x.shape, { ...options, kernelSize: [kh, kw] }, 'depthwiseConv2d');
  const { height, width } = geometry;
  const backend = nativeBackend();
  if (backend === undefined) {
    const padded = padImage(x, imageMargins(geometry));
    return tf.depthwiseConv2d(padded, weight, [height.stride, width.stride], 'valid');
  }
  if (height.stride !== width.stride) {
    // TensorFlow's own kernel, where there is no oneDNN, has no unequal strides.
    const all = depthwiseConv2d(padImage(x, imageMargins(geometry)), weight);
    return everyNth(all, height.stride, width.stride);
  }
  const type = state.bfloat16 ? TfType.bfloat16 : TfType.float;
  const [xType, weightType] = [backend.typeOf(x), backend.typeOf(weight)];
  const ours = backend.hasPodiumOps && weight.shape[3] === 1;
  // In bfloat16, oneDNN's gradient by the input of a strided depthwise convolution is slow: 37 ms instead of 3.
  const dxType = !ours && (height.stride > 1 || width.stride > 1) ? TfType.float : type;
  const convolution: Convolution = { backend, op: 'DepthwiseConv2dNative', geometry, groups: channels };
  return differentiable(
    { x, weight },
    (save) => {
      const inputs = [backend.toType(x, type), backend.toType(weight, type)];
      save(inputs);
      return backend.runOne('DepthwiseConv2dNative', forwardAttributes(convolution, type), inputs);
    },
    (dy, saved) => {
      const [input, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
      return {
        x: () => {
          const gradient = backend.toType(dy, dxType) as tf.Tensor4D;
          const taps = backend.toType(filter, dxType) as tf.Tensor4D;
          const dx = ours
            ? backend.runOne('PodiumDepthwiseInputGrad', inputAttributes(geometry, type), [gradient, taps])
            : inputGradient(convolution, x.shape, taps, gradient);
          return backend.toType(dx, xType);
        },
        weight: () => {
          const gradient = backend.toType(dy, type) as tf.Tensor4D;
          const dw = ours
            ? backend.runOne('PodiumDepthwiseFilterGrad', filterAttributes(geometry, type), [input, gradient])
            : filterGradient(convolution, input, weight.shape, gradient);
          return backend.toType(dw, weightType);
        },
      };
    },
  ) as tf.Tensor4D;
}

function inputAttributes(geometry: Geometry, type: number): OpAttribute[] {
  const { height, width } = geometry;
  const sizes = [intAttr('height', height.size), intAttr('width', width.size)];
  return [typeAttr('T', type), ...sizes, ...podiumStep(geometry)];
}

function filterAttributes(geometry: Geometry, type: number): OpAttribute[] {
  const { height, width } = geometry;
  const kernel = [intAttr('kernel_height', height.kernel), intAttr('kernel_width', width.kernel)];
  return [typeAttr('T', type), ...kernel, ...podiumStep(geometry)];
}

/** Every n-th row and column, from the first: `[B,H,W,C] -> [B,ceil(H/rows),ceil(W/columns),C]`. */
function everyNth(x: tf.Tensor4D, rows: number, columns: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const [h, w] = [Math.ceil(height / rows), Math.ceil(width / columns)];
  const filled = padImage(x, [
    [0, h * rows - height],
    [0, w * columns - width],
  ]);
  const row = w * columns * channels;
  const first = tf.slice(tf.reshape(filled, [batch * h, rows * row]), [0, 0], [batch * h, row]);
  const cells = tf.reshape(first, [batch * h * w, columns * channels]);
  return tf.reshape(tf.slice(cells, [0, 0], [batch * h * w, channels]), [batch, h, w, channels]);
}
