import * as tf from '@tensorflow/tfjs-core';

/** What `tf.setBackend` sets. Set directly, because `tf.setBackend` is asynchronous and moves tensors. */
interface SwitchableEngine {
  backendName: string;
  backendInstance: unknown;
}

/** A TensorFlow.js backend and the name that its kernels are registered under. */
export interface NamedBackend {
  readonly name: string;
  readonly backend: tf.KernelBackend;
}

/** The backend that kernels run on now. */
export function currentBackend(): NamedBackend {
  const { backend, backendName } = tf.engine() as unknown as {
    backend: tf.KernelBackend;
    backendName: string;
  };
  return { name: backendName, backend };
}

/** Runs `f` with kernels on another backend. Tensors stay where they are. */
export function withBackend<T>({ name, backend }: NamedBackend, f: () => T): T {
  const engine = tf.engine() as unknown as SwitchableEngine;
  const { backendName, backendInstance } = engine;
  engine.backendName = name;
  engine.backendInstance = backend;
  try {
    return f();
  } finally {
    engine.backendName = backendName;
    engine.backendInstance = backendInstance;
  }
}
