import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { type Binding, NativeBackend } from './native/backend.ts';
import { state } from './state.ts';

export async function loadEngine(options: { bindingPath: string; opsPath?: string; bfloat16?: boolean }): Promise<void> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const binding = createRequire(import.meta.url)(options.bindingPath) as Binding;
  const ops = options.opsPath ? createRequire(import.meta.url)(options.opsPath) : undefined;
  ops?.setThreads(2);
  if (state.native === undefined) {
    const backend = new NativeBackend(binding, ops);
    tf.registerBackend('tensorflow', () => backend);
    state.native = backend;
  }
  tf.setBackend('tensorflow');
  state.bfloat16 = options.bfloat16 ?? false;
}
