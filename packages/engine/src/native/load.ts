import { createRequire } from 'node:module';
import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeLibrary } from '../install/index.ts';
import { type Binding, NativeBackend, type PodiumOps } from './backend.ts';
import { stderrOf } from './stderr.ts';

/** Settings that TensorFlow reads once, when its libraries are loaded. */
export interface NativeSettings {
  readonly threads: number;
  readonly deterministic: boolean;
}

/**
 * Loads TensorFlow and Podium's ops into this process and registers the backend `tensorflow`. TensorFlow's startup
 * messages are suppressed; if loading fails, they are part of the error.
 *
 * @throws PodiumError `engine-load`
 */
export function loadNativeBackend(library: NativeLibrary, settings: NativeSettings): NativeBackend {
  // TensorFlow reads its settings from the environment. The user's variables win, except over explicit settings.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // By itself TensorFlow uses oneDNN only where the CPU has AVX512-VNNI or AMX; its own kernels are slower everywhere.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  process.env.TF_NUM_INTRAOP_THREADS = String(settings.threads);
  process.env.TF_NUM_INTEROP_THREADS = '1';
  if (settings.deterministic) process.env.TF_DETERMINISTIC_OPS = '1';
  const require = createRequire(import.meta.url);
  const { podium_ops: opsPath } = library.addons;
  const stderr = stderrOf(library);
  let failure: unknown;
  let backend: NativeBackend | undefined;
  stderr?.hold();
  try {
    const binding = require(library.bindingPath) as Binding;
    const ops = opsPath === undefined ? undefined : (require(opsPath) as PodiumOps);
    ops?.setThreads(settings.threads);
    backend = new NativeBackend(binding, ops);
  } catch (error) {
    failure = error;
  }
  const messages = stderr?.release() ?? '';
  if (backend === undefined) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new PodiumError(
      {
        code: 'engine-load',
        path: { file: library.bindingPath },
        message: `TensorFlow could not be loaded: ${reason}`,
        ...(messages.trim() !== '' && { details: messages.trim().split('\n') }),
        fix: 'run "podium setup --check" to examine the installation',
      },
      { cause: failure },
    );
  }
  const instance = backend;
  tf.registerBackend('tensorflow', () => instance, 3);
  return instance;
}
