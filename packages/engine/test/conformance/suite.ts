import { createRequire, Module } from 'node:module';
import type { BackendName } from '../../src/index.ts';
import type { ConformanceBundle } from './bundle.ts';
import { readIgnoreList } from './ignore-list.ts';
import type { SpecResult, SuiteResult } from './results.ts';

/** What this process sends. */
export type SuiteMessage = { readonly note: string } | { readonly result: SuiteResult };

/**
 * Runs TensorFlow.js's core specs on one backend and sends a {@link SuiteResult} to the process that forked this one.
 * Arguments: the backend, the bundle, and names of kernels to watch.
 */
async function main([backend = '', bundleFile = '', ...watched]: readonly string[]): Promise<SuiteResult> {
  const require = createRequire(import.meta.url);
  const jasmine = (require('jasmine-core') as JasmineCore).boot();
  const { core, jasmineUtil, defineSpecs } = require(bundleFile) as ConformanceBundle;
  shareCore(require, core);
  const { Tensor } = await import('@tensorflow/tfjs-core');
  if (Tensor !== core.Tensor) throw new Error('the engine and the specs have two copies of tfjs-core');
  const description = await loadBackend(backend);
  const kernels = watchKernels(core, backend, watched);
  jasmineUtil.setTestEnvs([{ name: `test-${backend}`, backendName: backend, flags: {}, isDataSync: true }]);
  defineSpecs();

  const ignoreList = backend === 'tensorflow' ? readIgnoreList() : [];
  const specs: SpecResult[] = [];
  const outside: string[] = [];
  let ignored = 0;
  const env = jasmine.getEnv();
  env.configure({
    random: false,
    specFilter: (spec) => !ignoreList.some((part) => spec.getFullName().includes(part)),
  });
  env.addReporter({
    specStarted: () => kernels.clear(),
    specDone({ fullName, status, failedExpectations }) {
      if (status === 'excluded') {
        ignored++;
        return;
      }
      specs.push({
        name: fullName,
        status: status === 'passed' || status === 'pending' ? status : 'failed',
        messages: failedExpectations.map(({ message }) => message),
        kernels: [...kernels],
      });
    },
    suiteDone({ fullName, failedExpectations }) {
      for (const { message } of failedExpectations) outside.push(`${fullName}: ${message}`);
    },
    jasmineDone({ failedExpectations }) {
      for (const { message } of failedExpectations) outside.push(message);
    },
  });
  // The specs print and warn on purpose.
  for (const method of ['log', 'info', 'warn', 'error'] as const) console[method] = () => undefined;
  await env.execute();
  return { backend: description, specs, ignored, outside };
}

/** Collects the names of the kernels among `names` that run, until the set is cleared. */
function watchKernels(
  core: ConformanceBundle['core'],
  backend: string,
  names: readonly string[],
): Set<string> {
  const ran = new Set<string>();
  for (const name of names) {
    const kernel = core.getKernel(name, backend);
    core.unregisterKernel(name, backend);
    const kernelFunc: typeof kernel.kernelFunc = (call) => {
      ran.add(name);
      return kernel.kernelFunc(call);
    };
    core.registerKernel({ ...kernel, kernelFunc });
  }
  return ran;
}

/**
 * Makes every `import '@tensorflow/tfjs-core'` of this process give the bundle's copy, so that the specs and the
 * engine under test have one core: one set of classes and one registry.
 */
function shareCore(require: NodeJS.Require, core: ConformanceBundle['core']): void {
  // tfjs-node is compiled to ES5 and calls its base class as a function, which native classes do not allow. The base
  // class's constructor does nothing.
  const KernelBackend = function KernelBackend() {};
  KernelBackend.prototype = core.KernelBackend.prototype;
  const file = require.resolve('@tensorflow/tfjs-core');
  const module = new Module(file);
  module.filename = file;
  module.loaded = true;
  module.exports = { ...core, KernelBackend };
  require.cache[file] = module;
}

async function loadBackend(backend: string): Promise<string> {
  const { loadEngine } = await import('../../src/index.ts');
  const { describeEvent } = await import('../../src/install/index.ts');
  const { tensorflow, threads } = await loadEngine({
    backend: backend as BackendName,
    // The suite restarts the backend hundreds of times, and starting threads takes longer than its specs.
    ...(backend === 'wasm' ? { threads: 1 } : {}),
    onInstall: (event) => process.send?.({ note: describeEvent(event) }),
  });
  const name = tensorflow === undefined ? 'WebAssembly' : `TensorFlow ${tensorflow.tensorflowVersion}`;
  return `${name}, ${threads} thread(s)`;
}

interface JasmineCore {
  boot(): { getEnv(): JasmineEnv };
}

interface JasmineEnv {
  configure(settings: { random: boolean; specFilter: (spec: { getFullName(): string }) => boolean }): void;
  addReporter(reporter: {
    specStarted(): void;
    specDone(result: JasmineResult & { readonly status: string }): void;
    suiteDone(result: JasmineResult): void;
    jasmineDone(result: Pick<JasmineResult, 'failedExpectations'>): void;
  }): void;
  execute(): Promise<unknown>;
}

interface JasmineResult {
  readonly fullName: string;
  readonly failedExpectations: readonly { readonly message: string }[];
}

const message: SuiteMessage = { result: await main(process.argv.slice(2)) };
process.send?.(message, undefined, undefined, () => process.disconnect());
