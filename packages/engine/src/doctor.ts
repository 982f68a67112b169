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
} from './install/index.ts';
import { whatIsMissing } from './install/missing.ts';
import { type BackendName, type Engine, loadEngine } from './load.ts';
import type { Precision } from './precision.ts';

/** A problem with the engine, and how to fix it. */
export interface EngineProblem {
  readonly what: string;
  readonly fix: string;
}

/** Everything about the engine on this machine, as data. */
export interface EngineReport {
  /** The backend that `loadEngine` selects by default. */
  readonly backend: BackendName;
  readonly tensorflow?: NativeLibrary;
  /** Devices: `CPU`, and each GPU with its memory and name. */
  readonly devices: readonly string[];
  readonly cpu: CpuReport;
  /** Threads that the process may use, and threads that the backend uses. */
  readonly threads: { readonly available: number; readonly used: number };
  /** The faster number format on this machine, and the measured times. */
  readonly precision: {
    readonly chosen: Precision;
    readonly milliseconds?: Readonly<Record<Precision, number>>;
  };
  readonly cache: CacheReport;
  /** Where Podium looked for TensorFlow. */
  readonly attempts: readonly Attempt[];
  readonly problems: readonly EngineProblem[];
}

/**
 * Examines the engine: what it runs on and why, and what could be better. Downloads, compiles and writes nothing, but
 * loads the backend into this process.
 *
 * @param options.thorough hash every file of the cache, about 0.5 s per GB
 * @throws PodiumError `engine-folder` and `engine-setting` if an environment variable has an invalid value
 */
export async function inspectEngine(options: { readonly thorough?: boolean } = {}): Promise<EngineReport> {
  const { library, attempts } = await findTensorflow();
  const cache = await inspectCache({ thorough: options.thorough ?? false });
  const cpu = await inspectCpu();
  const problems: EngineProblem[] = cache.entries.flatMap(({ problem }) =>
    problem === undefined ? [] : [{ what: problem, fix: 'run "podium setup": it replaces damaged files' }],
  );

  // First in another process: a library that does not fit this machine could crash the process that loads it.
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
      problems.push({ what, fix: 'run "podium setup"' });
    }
  }
  if (library?.gpu === true && probe?.usesGpu === false) {
    problems.push({
      what: `TensorFlow is a CUDA build but found no GPU: ${probe.gpuProblem ?? 'unknown reason'}`,
      fix: 'check that nvidia-smi shows the GPU (the driver is required, CUDA itself is not); without a GPU, TensorFlow uses the CPU',
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
