import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import {
  intAttr,
  type OpAttribute,
  oneDnnKernel,
  stringAttr,
  TfType,
  typeAttr,
} from '../native/attributes.ts';
import type { NativeBackend } from '../native/backend.ts';
import { nativeBackend, state } from '../state.ts';
import { differentiable } from './differentiable.ts';
import { type Geometry, imageMargins, overhang, type Padding, type Pair, slide } from './geometry.ts';
import { matMul } from './mat-mul.ts';
import { cropImage, padImage } from './pad.ts';

export interface ConvOptions {
  readonly stride?: Pair;
  /** PyTorch's symmetric padding, each side by itself, or TensorFlow's `same`/`valid`. Default 0. */
  readonly padding?: Padding;
  readonly dilation?: Pair;
  /** Splits input and output channels into this many independent convolutions. Default 1. */
  readonly groups?: number;
}

/**
 * Convolution `[B,H,W,C] * [kh,kw,C/groups,K] -> [B,H',W',K]`, as `torch.nn.functional.conv2d` computes it, in the
 * engine's precision: with bfloat16 the result is bfloat16 and the weight's gradient float32.
 *
 * @throws PodiumError where channels and groups do not fit, or the window does not fit the image
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
  const geometry = slide(x.shape, { ...options, kernel: [kh, kw] }, 'conv2d');
  if (groups === 1 && isPointwise(geometry)) return pointwiseConv2d(x, weight);
  const backend = nativeBackend();
  if (backend === undefined) return plainConv2d(x, weight, geometry, groups);
  return nativeConv2d(backend, x, weight, geometry);
}

function isPointwise({ height, width }: Geometry): boolean {
  return [height, width].every(
    ({ kernel, stride, before, after }) => kernel === 1 && stride === 1 && before === 0 && after === 0,
  );
}

/** A 1x1 convolution as the matrix product that it is: its gradients take a half to nine tenths of the time. */
function pointwiseConv2d(x: tf.Tensor4D, weight: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const filters = weight.shape[3];
  const rows = tf.reshape(x, [batch * height * width, channels]);
  const product = matMul(rows, tf.reshape(weight, [channels, filters]), { keepPrecision: true });
  return tf.reshape(product, [batch, height, width, filters]);
}

function nativeConv2d(
  backend: NativeBackend,
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  geometry: Geometry,
): tf.Tensor4D {
  const type = state.bfloat16 ? TfType.bfloat16 : TfType.float;
  const xWasBfloat16 = backend.isBfloat16(x);
  return differentiable(
    { x, weight },
    (save) => {
      const input = backend.toType(x, type);
      const filter = backend.toType(weight, type);
      save([input, filter]);
      return backend.runOne('Conv2D', windowAttributes(type, geometry, 'explicit'), [input, filter]);
    },
    (dy, [input, filter]) => {
      const gradient = backend.toType(dy, type);
      return {
        x: () => {
          const dx = inputGradient(
            backend,
            'Conv2D',
            x.shape,
            filter as tf.Tensor4D,
            gradient,
            geometry,
            type,
          );
          return backend.toType(dx, xWasBfloat16 ? TfType.bfloat16 : TfType.float);
        },
        weight: () => {
          const dw = filterGradient(
            backend,
            'Conv2D',
            input as tf.Tensor4D,
            weight.shape,
            gradient,
            geometry,
            type,
          );
          return backend.toType(dw, TfType.float);
        },
      };
    },
  ) as tf.Tensor4D;
}

type ConvOp = 'Conv2D' | 'DepthwiseConv2dNative';

/**
 * TensorFlow's names for our padding. It computes gradients with oneDNN only under SAME and VALID, and otherwise falls
 * back to code that is 2 (float32) to 100 times (bfloat16) slower. So a padding that is one of the two in disguise is
 * passed under that name, and any other is made VALID by padding the image itself: a copy, small beside the gradient.
 */
export function gradientPadding(geometry: Geometry): 'SAME' | 'VALID' | 'padded' {
  const axes = [geometry.height, geometry.width];
  if (axes.every((axis) => axis.before === 0 && overhang(axis) <= 0)) return 'VALID';
  const isSame = axes.every((axis) => {
    if (axis.out !== Math.ceil(axis.size / axis.stride)) return false;
    const total = Math.max(overhang(axis) + axis.before, 0);
    return axis.before === Math.floor(total / 2);
  });
  return isSame ? 'SAME' : 'padded';
}

/** Gradient of the loss by the convolution's input, from the one by its output. */
export function inputGradient(
  backend: NativeBackend,
  op: ConvOp,
  shape: readonly number[],
  filter: tf.Tensor4D,
  dy: tf.Tensor,
  geometry: Geometry,
  type: number,
): tf.Tensor {
  const padding = gradientPadding(geometry);
  const attributes = [
    ...windowAttributes(type, geometry, padding === 'padded' ? 'VALID' : padding),
    oneDnnKernel,
  ];
  const margins = padding === 'padded' ? imageMargins(geometry) : undefined;
  const sizes = margins === undefined ? shape : paddedShape(shape, margins);
  const inputSizes = tf.tensor1d([...sizes], 'int32');
  const dx = backend.runOne(`_MklNative${op}BackpropInput`, attributes, [inputSizes, filter, dy]);
  inputSizes.dispose();
  if (margins === undefined) return dx;
  const cropped = cropImage(dx as tf.Tensor4D, margins);
  dx.dispose();
  return cropped;
}

/** Gradient of the loss by the convolution's filter, from the one by its output. */
export function filterGradient(
  backend: NativeBackend,
  op: ConvOp,
  input: tf.Tensor4D,
  shape: readonly number[],
  dy: tf.Tensor,
  geometry: Geometry,
  type: number,
): tf.Tensor {
  const padding = gradientPadding(geometry);
  const attributes = [
    ...windowAttributes(type, geometry, padding === 'padded' ? 'VALID' : padding),
    oneDnnKernel,
  ];
  const padded = padding === 'padded' ? padImage(input, imageMargins(geometry)) : input;
  const filterSizes = tf.tensor1d([...shape], 'int32');
  const dw = backend.runOne(`_MklNative${op}BackpropFilter`, attributes, [padded, filterSizes, dy]);
  filterSizes.dispose();
  if (padded !== input) padded.dispose();
  return dw;
}

export function windowAttributes(type: number, { height, width }: Geometry, padding: string): OpAttribute[] {
  const attributes = [
    typeAttr('T', type),
    intAttr('strides', [1, height.stride, width.stride, 1]),
    intAttr('dilations', [1, height.dilation, width.dilation, 1]),
    stringAttr('data_format', 'NHWC'),
  ];
  if (padding !== 'explicit') return [...attributes, stringAttr('padding', padding)];
  const pads = [0, 0, height.before, height.after, width.before, width.after, 0, 0];
  return [...attributes, stringAttr('padding', 'EXPLICIT'), intAttr('explicit_paddings', pads)];
}

function paddedShape(
  shape: readonly number[],
  [[top, bottom], [left, right]]: ReturnType<typeof imageMargins>,
) {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return [batch, height + top + bottom, width + left + right, channels];
}

/** The same convolution from TensorFlow.js's own ops, differentiated by its tape. */
function plainConv2d(x: tf.Tensor4D, weight: tf.Tensor4D, geometry: Geometry, groups: number): tf.Tensor4D {
  const { height, width } = geometry;
  const padded = padImage(x, imageMargins(geometry));
  // TensorFlow.js has no gradient for dilations: put the zeros into the filter instead.
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

/** Spreads a filter's taps along one axis, with `by - 1` zeros between them. */
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
