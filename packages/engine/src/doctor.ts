import { availableParallelism } from 'node:os';
import { type CpuReport, inspectCpu } from './doctor-cpu.ts';
import {
  type Attempt,
  type CacheReport,
  findTensorflow,
  inspectCache,
  type NativeLibrary,
  type Probe,
  probeLibrary,
  whatIsMissing,
} from './install/index.ts';
import { type BackendName, type Engine, loadEngine } from './load.ts';
import type { Precision } from './precision.ts';

/** Something amiss with the engine, and what to do about it. */
export interface EngineProblem {
  readonly what: string;
  readonly fix: string;
}

/** All that can be said about the engine on this machine, as data. */
export interface EngineReport {
  /** The backend that `loadEngine` takes by itself. */
  readonly backend: BackendName;
  readonly tensorflow?: NativeLibrary;
  /** What it computes on: `CPU`, and each GPU with its memory and name. */
  readonly devices: readonly string[];
  readonly cpu: CpuReport;
  /** How many threads the process may use, and how many the backend uses. */
  readonly threads: { readonly available: number; readonly used: number };
  /** The faster number format by a quick measurement on this machine, and what it measured, in milliseconds. */
  readonly precision: {
    readonly chosen: Precision;
    readonly milliseconds?: Readonly<Record<Precision, number>>;
  };
  readonly cache: CacheReport;
  /** Where TensorFlow was looked for. */
  readonly attempts: readonly Attempt[];
  /** Empty where all is well. */
  readonly problems: readonly EngineProblem[];
}

/**
 * Examines the engine: what it would run on and why, and what could be better. Nothing is downloaded, compiled or
 * written. It loads the backend into this process.
 *
 * @param options.thorough Hashes every file of the cache, about half a second for a gigabyte.
 * @throws PodiumError `engine-folder` and `engine-setting` where the environment names what cannot be used.
 */
export async function inspectEngine(options: { readonly thorough?: boolean } = {}): Promise<EngineReport> {
  const { library, attempts } = await findTensorflow();
  const cache = await inspectCache({ thorough: options.thorough ?? false });
  const cpu = await inspectCpu();
  const problems: EngineProblem[] = cache.entries.flatMap(({ problem }) =>
    problem === undefined ? [] : [{ what: problem, fix: 'run "npm run setup": it replaces what is damaged' }],
  );

  // In a process of its own first: a library that does not suit this machine could end the process that loads it.
  let probe: Probe | undefined;
  let engine: Engine | undefined;
  if (library === undefined) {
    problems.push(...(await whatIsMissing()));
  } else {
    try {
      probe = await probeLibrary(library);
      engine = await loadEngine({ backend: 'tensorflow', precision: 'auto' });
    } catch (error) {
      const what = `TensorFlow in ${library.libraryFolder} cannot be used: ${(error as Error).message}`;
      problems.push({ what, fix: 'run "npm run setup"' });
    }
  }
  if (library?.gpu === true && probe?.usesGpu === false) {
    problems.push({
      what: `TensorFlow is a CUDA build but found no GPU: ${probe.gpuProblem ?? 'it gave no reason'}`,
      fix: 'see that nvidia-smi shows the GPU (its driver is needed, CUDA itself is not); without one, it computes on the CPU',
    });
  }
  engine ??= await loadEngine({ backend: 'wasm' });
  return {
    backend: engine.backend,
    tensorflow: engine.tensorflow,
    devices: probe?.devices ?? ['CPU'],
    cpu,
    threads: { available: availableParallelism(), used: engine.threads },
    precision: {
      chosen: engine.precision,
      milliseconds: engine.measured,
    },
    cache,
    attempts,
    problems,
  };
}
