import { useJpegDecoder } from '@podium/dataset';
import {
  type BackendName,
  cpuComputesBfloat16,
  type Engine,
  loadEngine,
  type Precision,
} from '@podium/engine';
import { z } from 'zod';

/** What results depend on beside seeds: settings of every stage that computes. */
export const computing = {
  backend: z.enum(['tensorflow', 'wasm']),
  threads: z.int().min(1),
  precision: z.enum(['float32', 'bfloat16']).default('float32'),
};

/** Loads the engine for a stage, and its JPEG decoder; equal settings give equal bits. */
export async function openEngine(
  {
    backend,
    threads,
    precision,
  }: { readonly backend: BackendName; readonly threads: number; readonly precision: Precision },
  signal: AbortSignal,
): Promise<Engine> {
  const engine = await loadEngine({ backend, threads, precision, deterministic: true, signal });
  useJpegDecoder(engine.jpegDecoder);
  return engine;
}

/** The precision that this machine is fastest in. */
export async function fastestPrecision(backend: BackendName): Promise<Precision> {
  return backend === 'tensorflow' && (await cpuComputesBfloat16()) ? 'bfloat16' : 'float32';
}
