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
import { type Geometry, imageMargins, paddingName } from './geometry.ts';
import { product } from './mat-mul.ts';
import { cropImage, type Margins, padImage } from './pad.ts';

/** A convolution on TensorFlow. */
export interface Convolution {
  readonly backend: NativeBackend;
  readonly op: 'Conv2D' | 'DepthwiseConv2dNative';
  readonly geometry: Geometry;
  readonly groups: number;
}

/** Attributes of the forward op, for tensors of one type. */
export function forwardAttributes({ geometry }: Convolution, type: number): OpAttribute[] {
  const { height, width } = geometry;
  const pads = [0, 0, height.before, height.after, width.before, width.after, 0, 0];
  return [
    ...windowAttributes(geometry, type),
    stringAttr('padding', 'EXPLICIT'),
    intAttr('explicit_paddings', pads),
  ];
}

/** Gradient by the convolution's input, from `dy`, the gradient by its output; all of one type. */
export function inputGradient(
  convolution: Convolution,
  shape: readonly number[],
  filter: tf.Tensor4D,
  dy: tf.Tensor4D,
): tf.Tensor4D {
  const { backend, op, geometry } = convolution;
  const type = backend.typeOf(dy);
  if (coversImage(convolution) || (isPointwise(convolution) && type === TfType.float)) {
    const rows = product(backend, asMatrix(dy), asMatrix(filter), false, true, type);
    return tf.reshape(rows, [...shape] as [number, number, number, number]);
  }
  const { name, margins } = gradientPadding(convolution);
  const sizes = margins === undefined ? shape : paddedShape(shape, margins);
  const attributes = [...windowAttributes(geometry, type), stringAttr('padding', name)];
  const inputs = [tf.tensor1d([...sizes], 'int32'), filter, dy];
  const dx = runGradient(convolution, `${op}BackpropInput`, attributes, inputs);
  return margins === undefined ? dx : cropImage(dx, margins);
}

/** Gradient by the convolution's filter; `input` and `dy` have one type, the result may be float32. */
export function filterGradient(
  convolution: Convolution,
  input: tf.Tensor4D,
  shape: readonly number[],
  dy: tf.Tensor4D,
): tf.Tensor4D {
  const { backend, op, geometry } = convolution;
  const type = backend.typeOf(dy);
  const covers = coversImage(convolution);
  if (type === TfType.bfloat16 && !covers && hasPodiumFilterGradient(convolution, dy)) {
    return backend.runOne('PodiumConv2DFilterGrad', podiumAttributes(shape, geometry), [
      input,
      dy,
    ]) as tf.Tensor4D;
  }
  const isProduct =
    isPointwise(convolution, { anyStride: input.shape[3] < FEW_CHANNELS }) &&
    (type === TfType.float || rowsOf(dy) <= MAX_ROWS_IN_BFLOAT16);
  if (covers || isProduct) {
    const read = isProduct ? positionsRead(input, convolution) : input;
    const windows = tf.reshape(read, [rowsOf(dy), read.size / rowsOf(dy)]);
    const columns = product(backend, windows, asMatrix(dy), true, false, type);
    return tf.reshape(columns, [...shape] as [number, number, number, number]);
  }
  const { name, margins } = gradientPadding(convolution);
  const padded = margins === undefined ? input : padImage(input, margins);
  const attributes = [...windowAttributes(geometry, type), stringAttr('padding', name)];
  const inputs = [padded, tf.tensor1d([...shape], 'int32'), dy];
  return runGradient(convolution, `${op}BackpropFilter`, attributes, inputs);
}

/**
 * Whether Podium's op for the bfloat16 filter gradient applies. It is up to twice as fast as oneDNN's, which cannot
 * synchronize threads under TensorFlow. It processes images in pairs, so oneDNN is better for a single one.
 */
function hasPodiumFilterGradient({ backend, op, groups }: Convolution, dy: tf.Tensor4D): boolean {
  return backend.hasBfloat16FilterGrad && op === 'Conv2D' && groups === 1 && dy.shape[0] > 1;
}

function podiumAttributes(shape: readonly number[], { height, width }: Geometry): OpAttribute[] {
  return [
    typeAttr('T', TfType.bfloat16),
    intAttr('kernel_height', shape[0]!),
    intAttr('kernel_width', shape[1]!),
    ...podiumStep({ height, width }),
    intAttr('dilation_height', height.dilation),
    intAttr('dilation_width', width.dilation),
  ];
}

/** Stride and padding, as Podium's ops for gradients of convolutions name them. */
export function podiumStep({ height, width }: Geometry): OpAttribute[] {
  return [
    intAttr('stride_height', height.stride),
    intAttr('stride_width', width.stride),
    intAttr('pad_top', height.before),
    intAttr('pad_left', width.before),
  ];
}

/**
 * A 1x1 convolution is a matrix product over all positions, whose gradients take 50% to 90% of the time of TensorFlow's
 * convolution. In bfloat16 only up to this many positions: beyond it, transposition costs more than it saves.
 */
const MAX_ROWS_IN_BFLOAT16 = 16384;

function isPointwise(
  { op, geometry, groups }: Convolution,
  { anyStride = false }: { readonly anyStride?: boolean } = {},
): boolean {
  const axes = [geometry.height, geometry.width];
  const isUnitWindow = axes.every(
    ({ kernel, stride, before, after }) =>
      kernel === 1 && (stride === 1 || anyStride) && before === 0 && after === 0,
  );
  return isUnitWindow && groups === 1 && op === 'Conv2D';
}

/**
 * With fewer input channels than a vector register holds, oneDNN's filter gradient of a 1x1 convolution with a stride is wrong
 * and reads beyond the image if positions are left over on the right.
 */
const FEW_CHANNELS = 16;

/** The positions that a 1x1 convolution reads: with a stride, only some. */
function positionsRead(x: tf.Tensor4D, { backend, geometry }: Convolution): tf.Tensor4D {
  const { height, width } = geometry;
  if (height.stride === 1 && width.stride === 1) return x;
  const read = tf.stridedSlice(x, [0, 0, 0, 0], [...x.shape], [1, height.stride, width.stride, 1]);
  return backend.toType(read, backend.typeOf(x)) as tf.Tensor4D;
}

/**
 * Whether there is a single window that covers the whole image: in effect a linear layer, as at the end of VGG.
 * oneDNN's convolution takes tens of times as long as TensorFlow's matrix product.
 */
export function coversImage({ op, geometry, groups }: Convolution): boolean {
  const axes = [geometry.height, geometry.width];
  const isWholeImage = axes.every(
    ({ kernel, size, before, after }) => kernel === size && before === 0 && after === 0,
  );
  return isWholeImage && groups === 1 && op === 'Conv2D';
}

/** `[...,C] -> [rows,C]` */
export function asMatrix(x: tf.Tensor4D): tf.Tensor2D {
  return tf.reshape(x, [rowsOf(x), x.shape[3]]);
}

function rowsOf(x: tf.Tensor4D): number {
  return x.size / x.shape[3];
}

/** Runs oneDNN's version of a gradient op if there is one; a GPU has the op under its standard name. */
function runGradient(
  { backend }: Convolution,
  op: string,
  attributes: readonly OpAttribute[],
  inputs: readonly tf.Tensor[],
): tf.Tensor4D {
  return backend.hasOneDnn
    ? (backend.runOne(`_MklNative${op}`, [...attributes, oneDnnKernel], inputs) as tf.Tensor4D)
    : (backend.runOne(op, attributes, inputs) as tf.Tensor4D);
}

/**
 * TensorFlow's name for a padding in gradients. oneDNN supports only SAME and VALID; for any other, TensorFlow uses
 * code that is 2 (float32) to 100 times (bfloat16) slower. So a padding that equals one of the two gets that name, and
 * any other becomes VALID by padding the image first: a copy that costs little compared with the gradient.
 */
function gradientPadding({ geometry }: Convolution): { name: 'SAME' | 'VALID'; margins?: Margins } {
  const name = paddingName(geometry);
  return name === undefined ? { name: 'VALID', margins: imageMargins(geometry) } : { name };
}

function windowAttributes({ height, width }: Geometry, type: number): OpAttribute[] {
  return [
    typeAttr('T', type),
    intAttr('strides', [1, height.stride, width.stride, 1]),
    intAttr('dilations', [1, height.dilation, width.dilation, 1]),
    stringAttr('data_format', 'NHWC'),
  ];
}

function paddedShape(shape: readonly number[], [[top, bottom], [left, right]]: Margins): number[] {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return [batch, height + top + bottom, width + left + right, channels];
}
