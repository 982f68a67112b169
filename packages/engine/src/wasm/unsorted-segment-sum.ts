import * as tf from '@tensorflow/tfjs-core';
import { type WasmBackend, wasmKernel } from './heap.ts';

interface Inputs {
  readonly x: tf.TensorInfo;
  readonly segmentIds: tf.TensorInfo;
}

/**
 * Sums rows of `x` `[N,...]` with equal ids into `[numSegments,...]`: the gradient of `tf.gather`. Ignores rows whose
 * id is out of range.
 */
export const unsortedSegmentSum: tf.KernelConfig = wasmKernel<Inputs, { readonly numSegments: number }>(
  tf.UnsortedSegmentSum,
  (backend, { x, segmentIds }, { numSegments }) => {
    const rowShape = x.shape.slice(segmentIds.shape.length);
    const row = tf.util.sizeFromShape(rowShape);
    const result = backend.makeOutput([numSegments, ...rowShape], x.dtype);
    const sums = valuesOf(backend, result);
    const values = valuesOf(backend, x);
    const ids = valuesOf(backend, segmentIds);
    sums.fill(0);
    for (const [i, id] of ids.entries()) {
      if (id < 0 || id >= numSegments) continue;
      for (let j = 0; j < row; j++) {
        sums[id * row + j] = sums[id * row + j]! + values[i * row + j]!;
      }
    }
    return result;
  },
);

function valuesOf(backend: WasmBackend, tensor: tf.TensorInfo): Float32Array | Int32Array {
  const { buffer } = backend.wasm.HEAPU8;
  const start = backend.getMemoryOffset(tensor.dataId);
  const size = tf.util.sizeFromShape(tensor.shape);
  return tensor.dtype === 'float32'
    ? new Float32Array(buffer, start, size)
    : new Int32Array(buffer, start, size);
}
