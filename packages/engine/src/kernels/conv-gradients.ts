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
import { type Geometry, imageMargins, overhang } from './geometry.ts';
import { product } from './mat-mul.ts';
import { cropImage, padImage } from './pad.ts';

/** A convolution on TensorFlow whose gradients are wanted. */
export interface Convolution {
  readonly backend: NativeBackend;
  readonly op: 'Conv2D' | 'DepthwiseConv2dNative';
  readonly geometry: Geometry;
  readonly groups: number;
}

/** The attributes of the forward op, for tensors of one type. */
export function forwardAttributes({ geometry }: Convolution, type: number): OpAttribute[] {
  const { height, width } = geometry;
  const pads = [0, 0, height.before, height.after, width.before, width.after, 0, 0];
  return [
    ...windowAttributes(geometry, type),
    stringAttr('padding', 'EXPLICIT'),
    intAttr('explicit_paddings', pads),
  ];
}

/** Gradient of the loss by the convolution's input, from `dy`, the one by its output; all of one type. */
export function inputGradient(
  convolution: Convolution,
  shape: readonly number[],
  filter: tf.Tensor4D,
  dy: tf.Tensor4D,
): tf.Tensor4D {
  const { backend, op, geometry } = convolution;
  const type = backend.typeOf(dy);
  if (isMatrixProduct(convolution) && type === TfType.float) {
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

/** Gradient of the loss by the convolution's filter, of the type of `input` and `dy`. */
export function filterGradient(
  convolution: Convolution,
  input: tf.Tensor4D,
  shape: readonly number[],
  dy: tf.Tensor4D,
): tf.Tensor4D {
  const { backend, op, geometry } = convolution;
  const type = backend.typeOf(dy);
  if (isMatrixProduct(convolution) && (type === TfType.float || rowsOf(dy) <= MOST_ROWS_IN_BFLOAT16)) {
    const columns = product(backend, asMatrix(input), asMatrix(dy), true, false, type);
    return tf.reshape(columns, [...shape] as [number, number, number, number]);
  }
  const { name, margins } = gradientPadding(convolution);
  const padded = margins === undefined ? input : padImage(input, margins);
  const attributes = [...windowAttributes(geometry, type), stringAttr('padding', name)];
  const inputs = [padded, tf.tensor1d([...shape], 'int32'), dy];
  return runGradient(convolution, `${op}BackpropFilter`, attributes, inputs);
}

/**
 * A 1x1 convolution is a matrix product over all positions, whose gradients take TensorFlow's product a half to nine
 * tenths of the time of its convolution: in bfloat16 up to this many positions, beyond which the product's transposition
 * costs more than it saves.
 */
const MOST_ROWS_IN_BFLOAT16 = 16384;

function isMatrixProduct({ op, geometry, groups }: Convolution): boolean {
  const axes = [geometry.height, geometry.width];
  const plain = axes.every(
    ({ kernel, stride, before, after }) => kernel === 1 && stride === 1 && before === 0 && after === 0,
  );
  return plain && groups === 1 && op === 'Conv2D';
}

/** `[...,C] -> [rows,C]` */
function asMatrix(x: tf.Tensor4D): tf.Tensor2D {
  return tf.reshape(x, [rowsOf(x), x.shape[3]]);
}

function rowsOf(x: tf.Tensor4D): number {
  return x.size / x.shape[3];
}

/** oneDNN's version where there is one; a GPU has the op under its own name. */
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

type Margins = ReturnType<typeof imageMargins>;

/**
 * TensorFlow's name for a padding in gradients. oneDNN has them only under SAME and VALID, and TensorFlow falls back to
 * code that is 2 (float32) to 100 times (bfloat16) slower for any other. So a padding that is one of the two in disguise
 * goes by that name, and every other is made VALID by padding the image itself: a copy, small beside the gradient.
 */
function gradientPadding({ geometry }: Convolution): { name: 'SAME' | 'VALID'; margins?: Margins } {
  const axes = [geometry.height, geometry.width];
  if (axes.every((axis) => axis.before === 0 && overhang(axis) <= 0)) return { name: 'VALID' };
  const isSame = axes.every((axis) => {
    if (axis.out !== Math.ceil(axis.size / axis.stride)) return false;
    const total = Math.max(overhang(axis) + axis.before, 0);
    return axis.before === Math.floor(total / 2);
  });
  return isSame ? { name: 'SAME' } : { name: 'VALID', margins: imageMargins(geometry) };
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
