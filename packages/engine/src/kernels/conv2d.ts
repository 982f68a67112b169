import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { TfType } from '../native/attributes.ts';
import { nativeBackend, state } from '../state.ts';
import {
  asMatrix,
  type Convolution,
  coversImage,
  filterGradient,
  forwardAttributes,
  inputGradient,
} from './conv-gradients.ts';
import { differentiable } from './differentiable.ts';
import { type Geometry, imageMargins, type Padding, type Pair, slide } from './geometry.ts';
import { product } from './mat-mul.ts';
import { padImage } from './pad.ts';

/** Options of a convolution, as in PyTorch. */
export interface ConvOptions {
  readonly stride?: Pair;
  /** Default: 0. */
  readonly padding?: Padding;
  readonly dilation?: Pair;
  /** Number of independent convolutions that input and output channels are split into. Default: 1. */
  readonly groups?: number;
}

/**
 * Convolution, `[B,H,W,C] * [kh,kw,C/groups,K] -> [B,H',W',K]`, as `torch.nn.functional.conv2d`, in the engine's
 * precision: with bfloat16 the result is bfloat16, and the gradient of a float32 weight is float32.
 *
 * Versions: `reference`, TensorFlow.js ops on any backend, and TensorFlow's ops with the gradients of
 * `conv-gradients.ts`.
 *
 * @throws PodiumError `engine-shape` if channels and groups do not fit, or the window is larger than the padded image
 *
 * @example
 * const y = conv2d(x, weight, { stride: 2, padding: 1 });
 */
export function conv2d(x: tf.Tensor4D, weight: tf.Tensor4D, options: ConvOptions = {}): tf.Tensor4D {
  const { groups = 1 } = options;
  const [kh, kw, channelsPerGroup, filters] = weight.shape;
  if (x.shape[3] !== channelsPerGroup * groups || filters % groups !== 0) {
    throw new PodiumError({
      code: 'engine-shape',
      message: `conv2d with ${groups} group(s)`,
      expected: `input channels ${channelsPerGroup * groups} and a multiple of ${groups} filters`,
      got: `input [${x.shape}] and weight [${weight.shape}]`,
    });
  }
  const geometry = slide(x.shape, { ...options, kernelSize: [kh, kw] }, 'conv2d');
  const backend = nativeBackend();
  if (backend === undefined) return reference(x, weight, geometry, groups);
  const type = state.bfloat16 ? TfType.bfloat16 : TfType.float;
  const [xType, weightType] = [backend.typeOf(x), backend.typeOf(weight)];
  const convolution: Convolution = { backend, op: 'Conv2D', geometry, groups };
  return differentiable(
    { x, weight },
    (save) => {
      const inputs = [backend.toType(x, type), backend.toType(weight, type)] as [tf.Tensor4D, tf.Tensor4D];
      save(inputs);
      if (!coversImage(convolution)) {
        return backend.runOne('Conv2D', forwardAttributes(convolution, type), inputs);
      }
      const windows = tf.reshape(inputs[0], [x.shape[0], kh * kw * channelsPerGroup]);
      const rows = product(backend, windows, asMatrix(inputs[1]), false, false, type);
      return tf.reshape(rows, [x.shape[0], 1, 1, filters]);
    },
    (dy, saved) => {
      const gradient = backend.toType(dy, type) as tf.Tensor4D;
      const [input, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
      return {
        x: () => backend.toType(inputGradient(convolution, x.shape, filter, gradient), xType),
        weight: () => backend.toType(filterGradient(convolution, input, weight.shape, gradient), weightType),
      };
    },
  ) as tf.Tensor4D;
}

/** In TensorFlow.js ops, differentiated by its tape. */
function reference(x: tf.Tensor4D, weight: tf.Tensor4D, geometry: Geometry, groups: number): tf.Tensor4D {
  const { height, width } = geometry;
  const padded = padImage(x, imageMargins(geometry));
  // TensorFlow.js has no gradient for dilations: insert zeros into the filter instead.
  const filter = dilate(dilate(weight, 0, height.dilation), 1, width.dilation);
  const strides: [number, number] = [height.stride, width.stride];
  if (groups === 1) return tf.conv2d(padded, filter, strides, 'valid');
  const inputs = tf.split(padded, groups, 3) as tf.Tensor4D[];
  const filters = tf.split(filter, groups, 3);
  return tf.concat(
    inputs.map((input, i) => tf.conv2d(input, filters[i] as tf.Tensor4D, strides, 'valid')),
    3,
  );
}

/** Dilates a filter along one axis: inserts `by - 1` zeros between its values. */
export function dilate(filter: tf.Tensor4D, axis: 0 | 1, by: number): tf.Tensor4D {
  if (by === 1 || filter.shape[axis] === 1) return filter;
  const zeros = tf.zerosLike(filter);
  const spread = tf.stack([filter, ...Array.from({ length: by - 1 }, () => zeros)], axis + 1);
  const shape = [...filter.shape] as [number, number, number, number];
  shape[axis] *= by;
  const size = [...shape] as typeof shape;
  size[axis] -= by - 1;
  return tf.slice(tf.reshape(spread, shape) as tf.Tensor4D, [0, 0, 0, 0], size);
}
