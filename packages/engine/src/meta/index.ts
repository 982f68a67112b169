import * as tf from '@tensorflow/tfjs-core';
import { MetaBackend } from './backend.ts';
import { registerMetaKernels } from './kernels.ts';

const NAME = 'podium-meta';

/** What `tf.setBackend` sets. Set directly, because `tf.setBackend` is asynchronous and moves tensors. */
interface SwitchableEngine {
  backendName: string;
  backendInstance: unknown;
}

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
  if (meta === undefined) {
    meta = new MetaBackend();
    registerMetaKernels(NAME);
  }
  const engine = tf.engine() as unknown as SwitchableEngine;
  const { backendName, backendInstance } = engine;
  engine.backendName = NAME;
  engine.backendInstance = meta;
  active = true;
  try {
    return tf.tidy(f as () => tf.TensorContainer) as T;
  } finally {
    active = false;
    engine.backendName = backendName;
    engine.backendInstance = backendInstance;
  }
}

/** A tensor without values, inside {@link onMeta}. */
export function metaTensor(shape: readonly number[]): tf.Tensor {
  return tf.engine().makeTensor(new Float32Array(0) as never, [...shape], 'float32', meta as never);
}

/** Total multiply-adds of convolutions and matrix products on the meta backend so far. */
export function multiplyAdds(): number {
  return meta?.multiplyAdds ?? 0;
}
