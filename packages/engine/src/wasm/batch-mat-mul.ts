import * as tf from '@tensorflow/tfjs-core';
import { heapOf, NOT_TRANSPOSED, offsetOf, replacing, transposeInto, type WasmBackend } from './heap.ts';

interface Inputs {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
}

interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Below this number of multiplications, copying the operands takes longer than the product. */
const MIN_MULTIPLICATIONS = 16_384;

/**
 * Matrix product, `[...,M,K] * [...,K,N]`. The backend's kernel uses its fast library only for a single product of
 * operands that are not transposed; for transposed operands (the gradients of a dense layer) and batches (attention) it
 * runs a scalar loop. This kernel copies each pair of operands into the fast form. On one core, `[3152,576] *
 * [192,576]^T` takes 16 ms instead of 193, and 48 products `[197,64] * [197,64]^T` take 9 ms instead of 70.
 *
 * The backend's kernel is the reference, computes the single products, and reports shapes that do not fit.
 *
 * @param original the backend's kernel
 */
export function batchMatMul(original: tf.KernelConfig): tf.KernelConfig {
  return replacing(original, (backend, { a, b }: Inputs, { transposeA, transposeB }: Attributes) => {
    const left = new Operand(a, transposeA);
    const right = new Operand(b, transposeB);
    const count = Math.max(left.count, right.count);
    const plain = !transposeA && !transposeB && count === 1;
    const small = left.rows * left.columns * right.columns < MIN_MULTIPLICATIONS;
    const fits =
      a.dtype === 'float32' &&
      b.dtype === 'float32' &&
      left.columns === right.rows &&
      (left.count === right.count || left.count === 1 || right.count === 1);
    if (plain || small || !fits) return undefined;

    const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const size = left.rows * right.columns;
    const result = backend.makeOutput([...outer, left.rows, right.columns], 'float32');
    for (let i = 0; i < count; i++) {
      const x = left.take(backend, i);
      const y = right.take(backend, i);
      const product = original.kernelFunc({
        inputs: { a: x, b: y },
        attrs: NOT_TRANSPOSED,
        backend,
      }) as tf.TensorInfo;
      const start = offsetOf(backend, product);
      heapOf(backend).copyWithin(offsetOf(backend, result) + i * size, start, start + size);
      for (const { dataId } of [x, y, product]) backend.disposeData(dataId);
    }
    return result;
  });
}

/** One side of the product: `count` matrices of `rows` x `columns`, after transposition. */
class Operand {
  readonly #tensor: tf.TensorInfo;
  readonly #transposed: boolean;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;

  constructor(tensor: tf.TensorInfo, transposed: boolean) {
    const [height, width] = tensor.shape.slice(-2) as [number, number];
    this.#tensor = tensor;
    this.#transposed = transposed;
    this.count = tf.util.sizeFromShape(tensor.shape.slice(0, -2));
    this.rows = transposed ? width : height;
    this.columns = transposed ? height : width;
  }

  /** A copy of matrix `i` (or of the only one), transposed if necessary. */
  take(backend: WasmBackend, i: number): tf.TensorInfo {
    const size = this.rows * this.columns;
    const copy = backend.makeOutput([this.rows, this.columns], 'float32');
    const heap = heapOf(backend);
    const source = offsetOf(backend, this.#tensor) + (this.count === 1 ? 0 : i * size);
    if (this.#transposed) transposeInto(heap, source, offsetOf(backend, copy), this.columns, this.rows);
    else heap.copyWithin(offsetOf(backend, copy), source, source + size);
    return copy;
  }
}
