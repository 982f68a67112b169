import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { boolAttr, TfType, typeAttr } from '../native/attributes.ts';
import type { NativeBackend } from '../native/backend.ts';
import { nativeBackend, state } from '../state.ts';
import { differentiable } from './differentiable.ts';

/** Options of {@link matMul}. */
export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/**
 * Matrix product, `[...,M,K] x [...,K,N] -> [...,M,N]`, in the engine's precision; leading axes must be equal. The
 * result is float32, and so are the gradients of float32 inputs.
 *
 * Versions: `tf.matMul` on any backend (the reference), and TensorFlow's op with casts to the engine's precision.
 *
 * @throws PodiumError `engine-shape` if the shapes do not fit
 */
export function matMul(a: tf.Tensor, b: tf.Tensor, options: MatMulOptions = {}): tf.Tensor {
  const { transposeA = false, transposeB = false } = options;
  const inner = [a.shape.at(transposeA ? -2 : -1), b.shape.at(transposeB ? -1 : -2)];
  const batches = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (a.rank < 2 || a.rank !== b.rank || inner[0] !== inner[1] || String(batches[0]) !== String(batches[1])) {
    throw new PodiumError({
      code: 'engine-shape',
      message: 'matMul',
      expected: '[...,M,K] and [...,K,N] with equal leading axes',
      got: `[${a.shape}]${transposeA ? ' transposed' : ''} and [${b.shape}]${transposeB ? ' transposed' : ''}`,
    });
  }
  const backend = nativeBackend();
  if (backend === undefined) return tf.matMul(a, b, transposeA, transposeB);
  const type = state.bfloat16 ? TfType.bfloat16 : TfType.float;
  const outer = [backend.typeOf(a), backend.typeOf(b)];
  return differentiable(
    { a, b },
    (save) => {
      const left = backend.toType(a, type);
      const right = backend.toType(b, type);
      save([left, right]);
      const result = product(backend, left, right, transposeA, transposeB, type);
      return backend.toType(result, TfType.float);
    },
    (dy, [left, right]) => {
      const g = backend.toType(dy, type);
      const [l, r] = [left, right] as [tf.Tensor, tf.Tensor];
      return {
        a: () => {
          const da = transposeA
            ? product(backend, r, g, transposeB, true, type)
            : product(backend, g, r, false, !transposeB, type);
          return backend.toType(da, outer[0]!);
        },
        b: () => {
          const db = transposeB
            ? product(backend, g, l, true, transposeA, type)
            : product(backend, l, g, !transposeA, false, type);
          return backend.toType(db, outer[1]!);
        },
      };
    },
  );
}

/** The product by TensorFlow's op; operands and result have the given type. */
export function product(
  backend: NativeBackend,
  a: tf.Tensor,
  b: tf.Tensor,
  transposeA: boolean,
  transposeB: boolean,
  type: number,
): tf.Tensor {
  const [op, left, right] =
    a.rank === 2 ? ['MatMul', 'transpose_a', 'transpose_b'] : ['BatchMatMulV2', 'adj_x', 'adj_y'];
  const attributes = [
    typeAttr('T', type),
    boolAttr(left as string, transposeA),
    boolAttr(right as string, transposeB),
  ];
  return backend.runOne(op as string, attributes, [a, b]);
}
