import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { MAX_THREADS, startWasm, type WasmEngine } from './start.ts';

/** Options of {@link loadWasm}. */
export interface WasmOptions {
  /** Threads for convolutions, matrix products and pooling, 1 to 8. Default: the number of cores, at most 8. */
  readonly threads?: number;
}

let started: Promise<WasmEngine> | undefined;

/**
 * Makes WebAssembly, completed for training, the current backend. Uses the files of the installed package and downloads
 * nothing. Takes the fastest build that starts: SIMD with threads, SIMD, plain. The first call in a process fixes the
 * number of threads.
 *
 * @throws PodiumError `engine-threads`, `engine-wasm-files`, `engine-wasm-start`
 */
export async function loadWasm(options: WasmOptions = {}): Promise<WasmEngine> {
  const threads = options.threads ?? Math.min(availableParallelism(), MAX_THREADS);
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new PodiumError({
      code: 'engine-threads',
      path: { key: 'threads' },
      expected: `an integer from 1 to ${MAX_THREADS} on WebAssembly`,
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
