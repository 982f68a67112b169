import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from '../with-backend.ts';
import { MetaBackend } from './backend.ts';
import { registerMetaKernels } from './kernels.ts';

const NAME = 'podium-meta';

let meta: MetaBackend | undefined;
let active = false;

/** Whether {@link onMeta} is running, so that tensors have only shapes. */
export function isMeta(): boolean {
  return active;
}

/**
 * Runs `f` on a backend that computes only shapes, in almost no time and memory, as on PyTorch's `meta` device. Reading
 * values is an error, and `f` must not return tensors.
 *
 * @throws PodiumError, or TensorFlow.js's own errors, if shapes do not fit
 */
export function onMeta<T>(f: () => T): T {
  if (active) return f();
  return withBackend({ name: NAME, backend: metaBackend() }, () => {
    active = true;
    try {
      return tf.tidy(f as () => tf.TensorContainer) as T;
    } finally {
      active = false;
    }
  });
}

/** Calls `onRead` with the `dataId` of every tensor that a kernel reads while `f` runs, inside {@link onMeta}. */
export function watchReads<T>(onRead: (data: object) => void, f: () => T): T {
  const backend = metaBackend();
  const before = backend.onRead;
  backend.onRead = onRead;
  try {
    return f();
  } finally {
    backend.onRead = before;
  }
}

function metaBackend(): MetaBackend {
  if (meta === undefined) {
    meta = new MetaBackend();
    registerMetaKernels(NAME);
  }
  return meta;
}

/** Names of the TensorFlow.js kernels whose shapes are known: those that networks use. */
export function kernelsWithShapes(): string[] {
  metaBackend();
  return tf.getKernelsForBackend(NAME).map(({ kernelName }) => kernelName);
}

/**
 * Shape and type of a kernel's output, or of each output if it has a list of them.
 * @param kernelName one of {@link kernelsWithShapes}
 */
export function kernelOutputs(
  kernelName: string,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  attrs: Readonly<Record<string, unknown>>,
): tf.TensorInfo | tf.TensorInfo[] {
  const call = { inputs, attrs, backend: metaBackend() } as Parameters<tf.KernelFunc>[0];
  return tf.getKernel(kernelName, NAME).kernelFunc(call);
}

/** A tensor without values, inside {@link onMeta}. */
export function metaTensor(shape: readonly number[]): tf.Tensor {
  return tf.engine().makeTensor(new Float32Array(0) as never, [...shape], 'float32', meta as never);
}

/** Total multiply-adds of convolutions and matrix products on the meta backend so far. */
export function multiplyAdds(): number {
  return meta?.multiplyAdds ?? 0;
}
