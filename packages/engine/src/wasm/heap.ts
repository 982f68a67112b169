import * as tf from '@tensorflow/tfjs-core';

/** The parts of `@tensorflow/tfjs-backend-wasm`'s backend that kernels use. */
export interface WasmBackend {
  readonly wasm: { readonly HEAPU8: Uint8Array };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  getMemoryOffset(dataId: tf.DataId): number;
  disposeData(dataId: tf.DataId): boolean;
  incRef(dataId: tf.DataId): void;
}

/** A kernel for the WebAssembly backend, with typed arguments. */
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

/** A kernel that replaces the backend's own, which still runs if `compute` returns undefined. */
export function replacing<Inputs, Attributes>(
  original: tf.KernelConfig,
  compute: (backend: WasmBackend, inputs: Inputs, attributes: Attributes) => tf.TensorInfo | undefined,
): tf.KernelConfig {
  const kernelFunc: tf.KernelFunc = (call) =>
    compute(call.backend as WasmBackend, call.inputs as Inputs, call.attrs as unknown as Attributes) ??
    original.kernelFunc(call);
  // Keeps `setupFunc`, which binds the function that `original` calls, in case the backend starts later.
  return { ...original, kernelFunc };
}

/** Attributes of a matrix product without transposition. */
export const NOT_TRANSPOSED = { transposeA: false, transposeB: false } as const;

/** Runs a kernel of the backend directly, without tape and scope; the caller frees the result. */
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

/** The whole heap as floats. Get it again after every allocation: views become invalid when the heap grows. */
export function heapOf(backend: WasmBackend): Float32Array {
  return new Float32Array(backend.wasm.HEAPU8.buffer);
}

/** Offset of a float32 tensor in {@link heapOf}. */
export function offsetOf(backend: WasmBackend, tensor: tf.TensorInfo): number {
  return backend.getMemoryOffset(tensor.dataId) >>> 2;
}

/** A float32 tensor of zeros; memory from `makeOutput` is not initialized. */
export function zeros(backend: WasmBackend, shape: readonly number[]): tf.TensorInfo {
  const tensor = backend.makeOutput(shape, 'float32');
  const start = offsetOf(backend, tensor);
  heapOf(backend).fill(0, start, start + tf.util.sizeFromShape([...shape]));
  return tensor;
}

/** Transposes a matrix `[rows, columns]`, in bands of 16 rows to use cache lines fully. */
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
