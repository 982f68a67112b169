import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { PodiumError } from '@podium/core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { registerWasmGradients } from './register.ts';
import { keepingGlobals, settleThreads, startThreadedModule } from './threaded-module.ts';

/** The started WebAssembly backend. */
export interface WasmEngine {
  /** Whether the SIMD build is used; without it everything is several times slower. */
  readonly simd: boolean;
  readonly threads: number;
  /** Why it uses one thread although more were requested. */
  readonly threadsProblem?: string;
}

/** Number of workers that the threaded build starts. */
export const MAX_THREADS = 8;
/** As in the package: above the JavaScript backend, below the native one. */
const PRIORITY = 2;

/**
 * Starts the WebAssembly backend from the builds in `folder` and registers it with TensorFlow.js.
 *
 * @throws PodiumError `engine-wasm-files` if a file is missing, `engine-wasm-start` if not even the single-threaded
 * build starts
 */
export async function startWasm(folder: string, threads: number): Promise<WasmEngine> {
  for (const build of ['', '-simd', '-threaded-simd'])
    assertFile(join(folder, `tfjs-backend-wasm${build}.wasm`));
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  // The core package alone registers no gradients; this one registers them all.
  await import('@tensorflow/tfjs');
  registerWasmGradients();
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  let threadsProblem: string | undefined;
  if (threads > 1 && simd) {
    try {
      await registerThreaded(wasm, folder, threads);
      return { simd, threads: wasm.getThreadsCount() };
    } catch (error) {
      threadsProblem = error instanceof Error ? error.message : String(error);
    }
  }
  wasm.setWasmPaths(folder + sep);
  if (!(await keepingGlobals(() => tf.setBackend('wasm')))) {
    throw new PodiumError({
      code: 'engine-wasm-start',
      path: { file: folder },
      message: 'TensorFlow.js did not start the WebAssembly backend',
      fix: 'see the warning above; if files are damaged, run npm install again',
    });
  }
  assertNoOverflow(tf.backend() as BackendWasm);
  return { simd, threads: 1, threadsProblem };
}

/** Replaces the package's backend by one that uses the threaded build. */
async function registerThreaded(
  wasm: typeof import('@tensorflow/tfjs-backend-wasm'),
  folder: string,
  threads: number,
): Promise<void> {
  const create = async (): Promise<BackendWasm> => {
    const module = await startThreadedModule(folder, threads);
    wasm.setThreadsCount(threads);
    const backend = new wasm.BackendWasm(module as unknown as ConstructorParameters<typeof BackendWasm>[0]);
    settleThreads(module);
    assertNoOverflow(backend);
    return backend;
  };
  // The first instance is created here, to handle failures; TensorFlow.js creates others after a reset.
  let first: BackendWasm | undefined = await create();
  const next = (): BackendWasm | Promise<BackendWasm> => {
    const backend = first ?? create();
    first = undefined;
    return backend;
  };
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', next, PRIORITY);
}

/**
 * If the heap, which is limited to 4 GB, is full, `malloc` returns 0 and the backend would use that as an address:
 * tensors would silently overwrite each other. This makes it an error.
 */
function assertNoOverflow(backend: BackendWasm): void {
  const module = backend.wasm as unknown as WasmMemory;
  // Emscripten replaces this function by the real one on its first call.
  module._free(module._malloc(1));
  const allocate = module._malloc;
  module._malloc = (bytes) => {
    const address = allocate(bytes);
    if (address !== 0) return address;
    throw new PodiumError({
      code: 'engine-memory',
      message: `WebAssembly has no room for another tensor of ${(bytes / 1e6).toFixed(1)} MB`,
      expected: 'at most 4 GB of tensors at a time',
      got: `a heap of ${(module.HEAPU8.length / 1e9).toFixed(1)} GB that is full`,
      fix: 'use smaller batches or images, or set up native TensorFlow',
    });
  };
}

interface WasmMemory {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

function assertFile(file: string): void {
  if (existsSync(file)) return;
  throw new PodiumError({
    code: 'engine-wasm-files',
    path: { file },
    message: 'a file of @tensorflow/tfjs-backend-wasm is missing',
    fix: 'run npm install again',
  });
}
