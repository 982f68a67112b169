import * as tf from '@tensorflow/tfjs-core';
import {
  boolAttr,
  intAttr,
  type OpAttribute,
  oneDnnKernel,
  stringAttr,
  TfType,
  typeAttr,
} from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';
import { differentiable } from './differentiable.ts';
import { type Axis, type Geometry, imageMargins, type Padding, type Pair, slide } from './geometry.ts';
import { padImage } from './pad.ts';

/** Options of a pooling layer, as in PyTorch. */
export interface PoolOptions {
  readonly kernelSize: Pair;
  /** Default: `kernelSize`. */
  readonly stride?: Pair;
  readonly padding?: Padding;
  /** Round the output size up instead of down. Default: false. */
  readonly ceilMode?: boolean;
}

/**
 * Max pooling, `[B,H,W,C] -> [B,H',W',C]`, as `torch.nn.functional.max_pool2d`: padding is never the maximum.
 *
 * Versions: TensorFlow.js's own op on any backend (the reference), and oneDNN's op on TensorFlow for CPUs.
 * @throws PodiumError `engine-shape` if the window does not fit
 */
export function maxPool2d(x: tf.Tensor4D, options: PoolOptions): tf.Tensor4D {
  const geometry = slide(x.shape, { stride: options.kernelSize, ...options }, 'maxPool2d');
  const padded = padForPool(x, geometry, LOWEST);
  const backend = nativeBackend();
  if (backend === undefined || !backend.hasOneDnn) {
    const { height, width } = geometry;
    return tf.maxPool(padded, [height.kernel, width.kernel], [height.stride, width.stride], 'valid');
  }
  const type = backend.typeOf(padded);
  const attributes = [...poolAttributes(type, geometry), boolAttr('workspace_enabled', true)];
  return differentiable(
    { x: padded },
    (save) => {
      const [y, workspace] = backend.run('_MklNativeMaxPool', attributes, [padded], 2) as [
        tf.Tensor,
        tf.Tensor,
      ];
      save([padded, y, workspace]);
      return y;
    },
    (dy, [input, y, workspace]) => ({
      x: () => {
        const gradient = backend.toType(dy, type);
        return backend.runOne('_MklNativeMaxPoolGrad', attributes, [
          input,
          y,
          gradient,
          workspace,
        ] as tf.Tensor[]);
      },
    }),
  ) as tf.Tensor4D;
}

/** Options of {@link averagePool2d}. */
export interface AveragePoolOptions extends PoolOptions {
  /** Whether zeros of the padding count in the mean. Default: true, as in PyTorch. */
  readonly countIncludePad?: boolean;
}

/**
 * Average pooling, `[B,H,W,C] -> [B,H',W',C]`, as `torch.nn.functional.avg_pool2d`.
 *
 * Versions: TensorFlow.js's own op on any backend (the reference), and oneDNN's op on TensorFlow for CPUs.
 * @throws PodiumError `engine-shape` if the window does not fit
 */
export function averagePool2d(x: tf.Tensor4D, options: AveragePoolOptions): tf.Tensor4D {
  const geometry = slide(x.shape, { stride: options.kernelSize, ...options }, 'averagePool2d');
  const pooled = averageOfPadded(padForPool(x, geometry, 0), geometry);
  const correction = divisorCorrection(geometry, options.countIncludePad ?? true);
  return correction === undefined ? pooled : tf.mul(pooled, correction);
}

function averageOfPadded(padded: tf.Tensor4D, geometry: Geometry): tf.Tensor4D {
  const backend = nativeBackend();
  if (backend === undefined || !backend.hasOneDnn) {
    const { height, width } = geometry;
    return tf.avgPool(padded, [height.kernel, width.kernel], [height.stride, width.stride], 'valid');
  }
  const type = backend.typeOf(padded);
  const { shape } = padded;
  const attributes = poolAttributes(type, geometry);
  return differentiable(
    { x: padded },
    () => backend.runOne('_MklNativeAvgPool', attributes, [padded]),
    (dy) => ({
      x: () => {
        const sizes = tf.tensor1d(shape, 'int32');
        return backend.runOne('_MklNativeAvgPoolGrad', attributes, [sizes, backend.toType(dy, type)]);
      },
    }),
  ) as tf.Tensor4D;
}

/** Factors `[H',W',1]` that turn the mean over each padded window into the one wanted; undefined if all are 1. */
function divisorCorrection({ height, width }: Geometry, countIncludePad: boolean): tf.Tensor3D | undefined {
  const counts = (axis: Axis) =>
    Array.from({ length: axis.out }, (_, i) => {
      const start = i * axis.stride - axis.before;
      const end = Math.min(start + axis.kernel, axis.size + (countIncludePad ? axis.after : 0));
      return axis.kernel / (end - (countIncludePad ? start : Math.max(start, 0)));
    });
  const rows = counts(height);
  const columns = counts(width);
  if ([...rows, ...columns].every((factor) => factor === 1)) return undefined;
  const factors = rows.flatMap((row) => columns.map((column) => row * column));
  return tf.tensor3d(factors, [height.out, width.out, 1]);
}

/**
 * Global average pooling, `[B,H,W,C] -> [B,C]`, in float32.
 *
 * Versions: TensorFlow.js ops on any backend (the reference), and Podium's op on TensorFlow for CPUs.
 */
export function globalAveragePool2d(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape;
  const backend = nativeBackend();
  const type = backend?.typeOf(x);
  if (backend?.hasPodiumOps === true && type !== undefined) {
    const attributes = [typeAttr('T', type)];
    return differentiable(
      { x },
      () => backend.runOne('PodiumSpatialMean', attributes, [x]),
      (dy) => ({
        x: () => {
          const sizes = [intAttr('height', height), intAttr('width', width)];
          const gradient = backend.toType(dy, TfType.float);
          return backend.runOne('PodiumSpatialMeanGrad', [...attributes, ...sizes], [gradient]);
        },
      }),
    ) as tf.Tensor2D;
  }
  return differentiable(
    { x },
    () => tf.mean(x, [1, 2]),
    // TensorFlow.js's own gradient makes three passes over memory.
    (dy) => ({
      x: () => {
        const share = tf.reshape(tf.div(dy, height * width), [batch, 1, 1, channels]);
        const typed = backend === undefined || type === undefined ? share : backend.toType(share, type);
        return tf.tile(typed, [1, height, width, 1]);
      },
    }),
  ) as tf.Tensor2D;
}

function padForPool(x: tf.Tensor4D, geometry: Geometry, value: number): tf.Tensor4D {
  return padImage(x, imageMargins(geometry), value);
}

function poolAttributes(type: number, { height, width }: Geometry): OpAttribute[] {
  return [
    typeAttr('T', type),
    intAttr('ksize', [1, height.kernel, width.kernel, 1]),
    intAttr('strides', [1, height.stride, width.stride, 1]),
    stringAttr('padding', 'VALID'),
    stringAttr('data_format', 'NHWC'),
    oneDnnKernel,
  ];
}

// Not -Infinity: a window that contains only padding must not give infinity times zero.
const LOWEST = -3e38;
