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
import { fasterPrecision, measurePrecision, type Precision } from './precision.ts';
import { state } from './state.ts';
import { loadWasm } from './wasm/index.ts';

export const backendNames = ['auto', 'tensorflow', 'wasm', 'cpu'] as const;
export type BackendName = Exclude<(typeof backendNames)[number], 'auto'>;
export const precisionNames = ['float32', 'bfloat16', 'auto'] as const;

export interface EngineOptions {
  /** `auto`, the default: TensorFlow where it can be had (it is set up if need be), else WebAssembly. */
  readonly backend?: (typeof backendNames)[number];
  /** Threads to compute with. Default: as many as this process may use. Settled by the first call in a process. */
  readonly threads?: number;
  /** Equal seeds give equal bits, run to run, on one machine with one number of threads. Settled by the first call. */
  readonly deterministic?: boolean;
  /**
   * Number format of convolutions and matrix products. `auto` takes bfloat16 where a measurement on this machine, of a
   * tenth of a second, shows it faster; with `deterministic` it takes float32, since a measurement may vary.
   */
  readonly precision?: (typeof precisionNames)[number];
  /** Hears of downloads and other long work when TensorFlow has to be set up first. */
  readonly onInstall?: (event: InstallEvent) => void;
  /** Stops a set-up under way. */
  readonly signal?: AbortSignal;
}

/** The engine that is in use. */
export interface Engine {
  readonly backend: BackendName;
  /** The TensorFlow under it, if any. */
  readonly tensorflow?: NativeLibrary;
  readonly usesGpu: boolean;
  readonly threads: number;
  readonly deterministic: boolean;
  readonly precision: Precision;
  /** Milliseconds by precision, where `auto` measured them. */
  readonly measured?: Record<Precision, number>;
  /** Why it is not faster, in sentences for people: what was tried and failed. Empty where nothing is amiss. */
  readonly notes: readonly string[];
}

/** What the first call in this process settled. */
let settled: { readonly threads: number; readonly deterministic: boolean } | undefined;
let library: NativeLibrary | undefined;

/**
 * Makes one of TensorFlow.js's backends the current one and sets how kernels compute. May be called again, to change the
 * backend or the precision; TensorFlow itself is loaded once.
 *
 * @throws PodiumError for an unknown or impossible setting, or where the backend asked for by name cannot be had
 */
export async function loadEngine(options: EngineOptions = {}): Promise<Engine> {
  const wanted = oneOf('backend', options.backend ?? 'auto', backendNames);
  const precision = oneOf('precision', options.precision ?? 'float32', precisionNames);
  const { threads, deterministic } = settle(options);
  const notes: string[] = [];
  let backend: BackendName = wanted === 'auto' ? 'tensorflow' : wanted;
  if (backend === 'tensorflow') {
    const problem = await tryTensorflow(options, threads, deterministic);
    if (problem !== undefined && wanted === 'tensorflow') throw problem;
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
    // The union package, since tfjs-core alone registers no gradients in Node.js.
    await import('@tensorflow/tfjs');
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    // It would print advice to install a package that Podium does without.
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
      fix:
        backend === wanted ? 'leave the precision out' : `leave the precision out, or cure this: ${notes[0]}`,
    });
  }
  if (chosen === 'bfloat16' && !state.canBfloat16) {
    throw new PodiumError({
      code: 'engine-precision',
      path: { key: 'precision' },
      message: 'this CPU has no instructions for bfloat16 (AVX512-BF16, AMX or ARM BF16)',
      expected: 'float32|auto',
      got: '"bfloat16"',
      fix: 'leave the precision out; float32 is the fastest here',
    });
  }
  state.bfloat16 = chosen === 'bfloat16';
  return {
    backend,
    ...(backend === 'tensorflow' && library !== undefined ? { tensorflow: library } : {}),
    usesGpu: backend === 'tensorflow' && state.native?.isUsingGpuDevice === true,
    threads: usedThreads,
    deterministic,
    precision: chosen,
    measured,
    notes,
  };
}

/** Loads TensorFlow unless it is; gives back why it could not. */
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
    message: `TensorFlow could not be had:\n${attempts.map((attempt) => `  - ${describeAttempt(attempt)}`).join('\n')}`,
    fix: 'cure one of these and run "npm run setup"; until then WebAssembly computes, several times slower',
  });
}

function settle({ threads, deterministic }: EngineOptions): { threads: number; deterministic: boolean } {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new PodiumError({
      code: 'engine-threads',
      path: { key: 'threads' },
      expected: 'a whole number of at least 1',
      got: String(threads),
    });
  }
  settled ??= { threads: threads ?? availableParallelism(), deterministic: deterministic ?? false };
  for (const [key, value] of Object.entries({ threads, deterministic })) {
    const before = settled[key as keyof typeof settled];
    if (value === undefined || value === before) continue;
    throw new PodiumError({
      code: 'engine-settled',
      path: { key },
      message: 'this process loaded its engine with another setting, and TensorFlow reads it only once',
      expected: String(before),
      got: String(value),
      fix: 'set it in the first call of loadEngine, or start another process',
    });
  }
  return settled;
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
