import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { readBytes } from '@podium/core';

/** An instance of the backend's threaded build, as `BackendWasm` expects it. */
export interface ThreadedModule {
  readonly PThread: { readonly pthreads: Readonly<Record<string, Worker>>; unusedWorkers: Worker[] };
  cwrap(
    name: string,
    result: 'number' | null,
    parameters: readonly 'number'[],
  ): (...values: number[]) => number;
  tfjs: Record<string, (...values: number[]) => number>;
}

type Imports = Record<string, Record<string, unknown>>;
type Factory = (options: object) => Promise<ThreadedModule>;

/** A global of Node.js whose types exist only for browsers. */
const { WebAssembly: runtime } = globalThis as unknown as {
  readonly WebAssembly: {
    compile(binary: Uint8Array): Promise<object>;
    instantiate(compiled: object, imports: Imports): Promise<object>;
  };
};

/**
 * Starts the threaded SIMD build of `@tensorflow/tfjs-backend-wasm` in Node.js.
 *
 * The package uses it only in browsers (tensorflow/tfjs#3830), because it starts workers from a blob, which Node.js
 * does not support. Here they start from a `data:` URL with the same source, so nothing is written to disk. The build
 * also limits the number of threads to half the number of cores, so it is told twice the number of threads requested.
 *
 * @param folder the package's `wasm-out`
 * @param threads 2 to 8; the build always starts 8 workers
 */
export async function startThreadedModule(folder: string, threads: number): Promise<ThreadedModule> {
  const require = createRequire(import.meta.url);
  const script = join(folder, 'tfjs-backend-wasm-threaded-simd.js');
  // Before any worker starts: most failures occur here.
  const compiled = await runtime.compile(
    await readBytes(join(folder, 'tfjs-backend-wasm-threaded-simd.wasm')),
  );
  const factory = require(script) as Factory;
  const { wasmWorkerContents } = require(join(folder, 'tfjs-backend-wasm-threaded-simd.worker.js')) as {
    readonly wasmWorkerContents: string;
  };
  const worker = workerUrl(script, wasmWorkerContents);
  let reject: (reason: unknown) => void;
  const failed = new Promise<never>((_, rejectPromise) => {
    reject = rejectPromise;
  });
  // Emscripten turns this object into its module.
  const options: Partial<ThreadedModule> & Record<string, unknown> = {
    mainScriptUrlOrBlob: script,
    locateFile: (path: string) => (path.endsWith('.worker.js') ? worker : join(folder, path)),
    instantiateWasm: (imports: Imports, receive: (instance: object, module: object) => void): object => {
      const env = { ...imports.env, emscripten_num_logical_cores: () => 2 * threads };
      runtime.instantiate(compiled, { ...imports, env }).then(
        (instance) => receive(instance, compiled),
        (reason) => reject(reason),
      );
      return {};
    },
  };
  try {
    const module = await keepingGlobals(() => Promise.race([factory(options), failed]));
    module.tfjs = {
      init: module.cwrap('init', null, []),
      initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
      getThreadsCount: module.cwrap('get_threads_count', 'number', []),
      registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
      disposeData: module.cwrap('dispose_data', null, ['number']),
      dispose: module.cwrap('dispose', null, []),
    };
    return module;
  } catch (error) {
    for (const idle of options.PThread?.unusedWorkers ?? []) void idle.terminate();
    throw error;
  }
}

/** Terminates workers without a thread, and lets the process exit while the others wait for work. */
export function settleThreads({ PThread }: ThreadedModule): void {
  for (const idle of PThread.unusedWorkers) void idle.terminate();
  PThread.unusedWorkers = [];
  for (const worker of Object.values(PThread.pthreads)) worker.unref();
}

/**
 * Turns the worker's source, a CommonJS script with a line break in a string literal, into a module in a `data:` URL.
 */
function workerUrl(script: string, source: string): URL {
  const prelude = [
    "import { createRequire } from 'node:module';",
    `const __filename = ${JSON.stringify(script)};`,
    'const require = createRequire(__filename);',
  ];
  const code = [...prelude, source.replaceAll('\n', '\\n')].join('\n');
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/**
 * Runs `start` and then restores what Emscripten's startup code changes: it replaces `globalThis.Worker`, and adds
 * listeners that rethrow every uncaught error and rejection of the process.
 */
export async function keepingGlobals<T>(start: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.rawListeners(event));
  const worker = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  try {
    return await start();
  } finally {
    for (const [i, event] of events.entries()) {
      for (const listener of process.rawListeners(event)) {
        if (!before[i]?.includes(listener)) process.removeListener(event, listener as () => void);
      }
    }
    if (worker === undefined) Reflect.deleteProperty(globalThis, 'Worker');
    else Object.defineProperty(globalThis, 'Worker', worker);
  }
}
