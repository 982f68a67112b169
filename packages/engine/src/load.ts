import { availableParallelism } from 'node:os';
import { PodiumError, renderProblem } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { cpuComputesBfloat16 } from './doctor-cpu.ts';
import {
  type Attempt,
  describeAttempt,
  type InstallEvent,
  installTensorflow,
  type NativeLibrary,
} from './install/index.ts';
import { type JpegDecoder, jpegDecoderOf } from './jpeg-decoder.ts';
import { fasterPrecision, measurePrecision, type Precision } from './precision.ts';
import { state } from './state.ts';
import { loadWasm } from './wasm/index.ts';

/** Backends that `loadEngine` accepts. */
const backendNames = ['auto', 'tensorflow', 'wasm', 'cpu'] as const;
export type BackendName = Exclude<(typeof backendNames)[number], 'auto'>;
/** Precisions that `loadEngine` accepts. */
const precisionNames = ['float32', 'bfloat16', 'auto'] as const;

/** Options of {@link loadEngine}. */
export interface EngineOptions {
  /** `auto`: TensorFlow, installed if necessary, or WebAssembly if that fails. Default: `auto`. */
  readonly backend?: (typeof backendNames)[number];
  /** Number of threads. Default: all that this process may use. Fixed by the first call in a process. */
  readonly threads?: number;
  /** Equal seeds give equal bits on one machine with one number of threads. Fixed by the first call. Default: false. */
  readonly deterministic?: boolean;
  /**
   * Number format of convolutions and matrix products. `auto` measures for 0.1 s whether bfloat16 is faster on this
   * machine; with `deterministic` it selects float32, because measurements vary. Default: `float32`.
   */
  readonly precision?: (typeof precisionNames)[number];
  /** Called with progress if TensorFlow has to be installed first. */
  readonly onInstall?: (event: InstallEvent) => void;
  /** Cancels an installation. */
  readonly signal?: AbortSignal;
}

/** The loaded engine. */
export interface Engine {
  readonly backend: BackendName;
  /** The TensorFlow under it, if any. */
  readonly tensorflow?: NativeLibrary;
  /** What `useJpegDecoder` of @podium/dataset takes, if this TensorFlow's JPEG decoder can be called. */
  readonly jpegDecoder?: JpegDecoder;
  readonly usesGpu: boolean;
  readonly threads: number;
  readonly deterministic: boolean;
  readonly precision: Precision;
  /** Milliseconds by precision, if `auto` measured them. */
  readonly measured?: Record<Precision, number>;
  /** Why the engine is not as fast as it could be: what failed, in sentences. */
  readonly notes: readonly string[];
}

/** Settings that the first call in this process fixed. */
let fixed: { readonly threads: number; readonly deterministic: boolean } | undefined;
let library: NativeLibrary | undefined;

/**
 * Loads a backend, makes it TensorFlow.js's current one, and sets the precision of kernels. May be called again to
 * change the backend or the precision; TensorFlow itself is loaded only once per process.
 *
 * @throws PodiumError for an invalid or unsupported setting, or if a backend requested by name cannot be loaded
 *
 * @example
 * const engine = await loadEngine({ precision: 'auto' });
 * console.log(engine.backend, engine.threads, engine.precision);
 */
export async function loadEngine(options: EngineOptions = {}): Promise<Engine> {
  const requested = oneOf('backend', options.backend ?? 'auto', backendNames);
  const precision = oneOf('precision', options.precision ?? 'float32', precisionNames);
  const { threads, deterministic } = fixSettings(options);
  const notes: string[] = [];
  let backend: BackendName = requested === 'auto' ? 'tensorflow' : requested;
  if (backend === 'tensorflow') {
    const problem = await tryTensorflow(options, threads, deterministic);
    if (problem !== undefined && requested === 'tensorflow') throw problem;
    if (problem !== undefined) {
      notes.push(renderProblem(problem.problem));
      backend = 'wasm';
    }
  }
  state.bfloat16 = false;
  let usedThreads = threads;
  if (backend === 'tensorflow') await tf.setBackend('tensorflow');
  if (backend === 'wasm') {
    const wasm = await loadWasm({ threads: Math.min(threads, 8) });
    usedThreads = wasm.threads;
    if (wasm.threadsProblem !== undefined)
      notes.push(`WebAssembly runs on one thread: ${wasm.threadsProblem}`);
  }
  if (backend === 'cpu') {
    // The union package, because tfjs-core alone registers no gradients in Node.js.
    await import('@tensorflow/tfjs');
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    // Suppresses advice to install a package that Podium does not need.
    (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
    usedThreads = 1;
  }
  const measured =
    backend === 'tensorflow' && precision === 'auto' && !deterministic ? measurePrecision() : undefined;
  let chosen: Precision = precision === 'auto' ? 'float32' : precision;
  if (measured !== undefined) chosen = fasterPrecision(measured);
  if (chosen === 'bfloat16' && backend !== 'tensorflow') {
    throw new PodiumError({
      code: 'engine-precision',
      path: { key: 'precision' },
      message: `the ${backend} backend computes in float32 only`,
      expected: 'float32|auto',
      got: '"bfloat16"',
      fix: backend === requested ? 'omit the precision' : `omit the precision, or fix this: ${notes[0]}`,
    });
  }
  if (chosen === 'bfloat16' && !state.canBfloat16) {
    throw new PodiumError({
      code: 'engine-precision',
      path: { key: 'precision' },
      message: 'this CPU has no instructions for bfloat16 (AVX512-BF16, AMX or ARM BF16)',
      expected: 'float32|auto',
      got: '"bfloat16"',
      fix: 'omit the precision: float32 is the fastest on this machine',
    });
  }
  state.bfloat16 = chosen === 'bfloat16';
  return {
    backend,
    ...(backend === 'tensorflow' && library !== undefined
      ? { tensorflow: library, jpegDecoder: jpegDecoderOf(library) }
      : {}),
    usesGpu: backend === 'tensorflow' && state.native?.isUsingGpuDevice === true,
    threads: usedThreads,
    deterministic,
    precision: chosen,
    measured,
    notes,
  };
}

/** Loads TensorFlow unless it is loaded; returns the problem if that fails. */
async function tryTensorflow(
  { onInstall, signal }: EngineOptions,
  threads: number,
  deterministic: boolean,
): Promise<PodiumError | undefined> {
  if (state.native !== undefined) return undefined;
  const result = await installTensorflow({
    onEvent: onInstall,
    signal,
  });
  if (result.library === undefined) return notInstalled(result.attempts);
  const { loadNativeBackend } = await import('./native/load.ts');
  try {
    state.native = loadNativeBackend(result.library, { threads, deterministic });
    state.canBfloat16 = state.native.isUsingGpuDevice || (await cpuComputesBfloat16());
    library = result.library;
    return undefined;
  } catch (error) {
    if (error instanceof PodiumError) return error;
    throw error;
  }
}

function notInstalled(attempts: readonly Attempt[]): PodiumError {
  return new PodiumError({
    code: 'engine-no-tensorflow',
    message: 'TensorFlow could not be loaded',
    details: attempts.map((attempt) => `  - ${describeAttempt(attempt)}`),
    fix: 'fix one of these and run "podium setup"; until then Podium uses WebAssembly, which is several times slower',
  });
}

function fixSettings({ threads, deterministic }: EngineOptions): { threads: number; deterministic: boolean } {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new PodiumError({
      code: 'engine-threads',
      path: { key: 'threads' },
      expected: 'an integer >= 1',
      got: String(threads),
    });
  }
  fixed ??= { threads: threads ?? availableParallelism(), deterministic: deterministic ?? false };
  for (const [key, value] of Object.entries({ threads, deterministic })) {
    const before = fixed[key as keyof typeof fixed];
    if (value === undefined || value === before) continue;
    throw new PodiumError({
      code: 'engine-settled',
      path: { key },
      message: 'this process has loaded its engine with another value, and TensorFlow reads it only once',
      expected: String(before),
      got: String(value),
      fix: 'set it in the first call of loadEngine, or start a new process',
    });
  }
  return fixed;
}

function oneOf<const T extends string>(key: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new PodiumError({
    code: `engine-${key}`,
    path: { key },
    expected: allowed,
    got: JSON.stringify(value),
  });
}
