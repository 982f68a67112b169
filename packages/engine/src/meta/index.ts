import * as tf from '@tensorflow/tfjs-core';
import { MetaBackend } from './backend.ts';
import { registerMetaKernels } from './kernels.ts';

const NAME = 'podium-meta';

/** The part of TensorFlow.js's engine that `tf.setBackend` sets; it would make tensors move and promises wait. */
interface SwitchableEngine {
  backendName: string;
  backendInstance: unknown;
}

let meta: MetaBackend | undefined;
let active = false;

/** Whether {@link onMeta} is running: tensors made now have shapes only. */
export function isMeta(): boolean {
  return active;
}

/**
 * Runs `f` on a backend whose tensors have no values: only shapes are worked out, in no time and no memory, as on
 * PyTorch's `meta` device. Reading a value is an error. What `f` returns must be no tensor.
 *
 * @throws PodiumError, or TensorFlow.js's own errors, where shapes do not fit
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

/** A tensor of that shape without values, inside {@link onMeta}. */
export function metaTensor(shape: readonly number[]): tf.Tensor {
  return tf.engine().makeTensor(new Float32Array(0) as never, [...shape], 'float32', meta as never);
}

/** Multiply-adds of convolutions and matrix products on the meta backend so far. */
export function multiplyAdds(): number {
  return meta?.multiplyAdds ?? 0;
}
