import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { PodiumError } from '@podium/core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { registerWasmGradients } from './register.ts';
import { keepingGlobals, settleThreads, startThreadedModule } from './threaded-module.ts';

export interface WasmEngine {
  /** Whether the build for SIMD instructions runs; without them everything is several times slower. */
  readonly simd: boolean;
  readonly threads: number;
  /** Why one thread runs where more were wanted. */
  readonly threadsProblem?: string;
}

/** Workers that the threaded build starts. */
export const MAX_THREADS = 8;
/** Above the plain JavaScript backend and below the native one, as the package itself registers it. */
const PRIORITY = 2;

/**
 * Starts the WebAssembly backend from the builds in `folder` and registers it with TensorFlow.js.
 *
 * @throws PodiumError when a file is missing, or not even the single-threaded build starts
 */
export async function startWasm(folder: string, threads: number): Promise<WasmEngine> {
  for (const build of ['', '-simd', '-threaded-simd'])
    requireFile(join(folder, `tfjs-backend-wasm${build}.wasm`));
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  // The core package alone knows no gradients; this one registers them all.
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
      fix: 'see the warning above; if the files are damaged, run npm install again',
    });
  }
  refuseToOverflow(tf.backend() as BackendWasm);
  return { simd, threads: 1, threadsProblem };
}

/** Puts a backend that runs the threaded build in the place of the package's own. */
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
    refuseToOverflow(backend);
    return backend;
  };
  // The first one is made here, so that a failure is ours to see; TensorFlow.js asks for others after a reset.
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
 * When the heap, which ends at 4 GB, has no room left, `malloc` gives 0, and the backend would use that as an address:
 * tensors would silently overwrite each other.
 */
function refuseToOverflow(backend: BackendWasm): void {
  const module = backend.wasm as unknown as WasmMemory;
  // Emscripten puts the real function in place of a first one when that is called.
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
      fix: 'take a smaller batch or smaller images, or set up native TensorFlow',
    });
  };
}

interface WasmMemory {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

function requireFile(file: string): void {
  if (existsSync(file)) return;
  throw new PodiumError({
    code: 'engine-wasm-files',
    path: { file },
    message: 'a part of @tensorflow/tfjs-backend-wasm is missing',
    fix: 'run npm install again',
  });
}
