import * as tf from '@tensorflow/tfjs-core';

/** The parts of `@tensorflow/tfjs-backend-wasm`'s backend that kernels work with. */
export interface WasmBackend {
  readonly wasm: { readonly HEAPU8: Uint8Array };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  getMemoryOffset(dataId: tf.DataId): number;
  disposeData(dataId: tf.DataId): boolean;
  incRef(dataId: tf.DataId): void;
}

/** A kernel for the WebAssembly backend, with TensorFlow.js's loose argument types made definite. */
export function wasmKernel<Inputs, Attributes>(
  kernelName: string,
  compute: (backend: WasmBackend, inputs: Inputs, attributes: Attributes) => tf.TensorInfo,
): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) =>
      compute(backend as WasmBackend, inputs as Inputs, attrs as unknown as Attributes),
  };
}

/**
 * A kernel in place of the backend's own, which still does what `compute` leaves to it by returning `undefined`.
 */
export function replacing<Inputs, Attributes>(
  own: tf.KernelConfig,
  compute: (backend: WasmBackend, inputs: Inputs, attributes: Attributes) => tf.TensorInfo | undefined,
): tf.KernelConfig {
  const kernelFunc: tf.KernelFunc = (call) =>
    compute(call.backend as WasmBackend, call.inputs as Inputs, call.attrs as unknown as Attributes) ??
    own.kernelFunc(call);
  // Keeps `setupFunc`, which binds the function that `own` calls, should the backend start only later.
  return { ...own, kernelFunc };
}

/** Attributes of a matrix product of operands as they lie. */
export const AS_THEY_ARE = { transposeA: false, transposeB: false } as const;

/** Runs another kernel of the backend, past the engine: no tape, no scope, the caller frees the result. */
export function runWasm(
  backend: WasmBackend,
  kernelName: string,
  inputs: tf.NamedTensorInfoMap,
  attributes: object = {},
): tf.TensorInfo {
  const kernel = tf.getKernel(kernelName, 'wasm');
  const attrs = attributes as tf.NamedAttrMap;
  return kernel.kernelFunc({ inputs, attrs, backend }) as tf.TensorInfo;
}

/**
 * The whole heap as numbers. Take it anew after every allocation: when the heap grows, views of it go stale.
 */
export function heapOf(backend: WasmBackend): Float32Array {
  return new Float32Array(backend.wasm.HEAPU8.buffer);
}

/** Where a float32 tensor begins in {@link heapOf}. */
export function offsetOf(backend: WasmBackend, tensor: tf.TensorInfo): number {
  return backend.getMemoryOffset(tensor.dataId) >>> 2;
}

/** A float32 tensor of zeros; memory from `makeOutput` holds whatever was there before. */
export function zeros(backend: WasmBackend, shape: readonly number[]): tf.TensorInfo {
  const tensor = backend.makeOutput(shape, 'float32');
  const start = offsetOf(backend, tensor);
  heapOf(backend).fill(0, start, start + tf.util.sizeFromShape([...shape]));
  return tensor;
}

/** Transposes a matrix `[rows, columns]`, in bands of 16 rows so that a cache line is used while it is there. */
export function transposeInto(
  heap: Float32Array,
  from: number,
  to: number,
  rows: number,
  columns: number,
): void {
  for (let start = 0; start < rows; start += 16) {
    const end = Math.min(rows, start + 16);
    for (let column = 0; column < columns; column++) {
      for (let row = start; row < end; row++) {
        heap[to + column * rows + row] = heap[from + row * columns + column]!;
      }
    }
  }
}
