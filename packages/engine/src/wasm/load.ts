import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { MAX_THREADS, startWasm, type WasmEngine } from './start.ts';

export interface WasmOptions {
  /** Threads for convolutions, matrix products and pooling, 1 to 8. Default: one per core, at most 8. */
  readonly threads?: number;
}

let started: Promise<WasmEngine> | undefined;

/**
 * Makes WebAssembly TensorFlow.js's backend, completed for training, from the files of the installed package: nothing
 * is downloaded. The fastest build that starts is taken: SIMD with threads, SIMD, plain. The number of threads is
 * settled by the first call in a process.
 *
 * @throws PodiumError when `threads` is not 1 to 8, or the package's files are missing or do not start
 */
export async function loadWasm(options: WasmOptions = {}): Promise<WasmEngine> {
  const threads = options.threads ?? Math.min(availableParallelism(), MAX_THREADS);
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new PodiumError({
      code: 'engine-threads',
      path: { key: 'threads' },
      expected: `a whole number from 1 to ${MAX_THREADS} on WebAssembly`,
      got: String(threads),
    });
  }
  started ??= startWasm(packageFolder(), threads);
  const engine = await started;
  await tf.setBackend('wasm');
  return engine;
}

function packageFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  return join(dirname(manifest), 'wasm-out');
}
