import * as tf from '@tensorflow/tfjs-core';
import { memory, resetPeakMemory } from './memory.ts';
import { nativeBackend } from './state.ts';

/** One execution of a kernel. */
export interface KernelEvent {
  /** Name of the op: TensorFlow's on the native backend, TensorFlow.js's elsewhere. */
  readonly name: string;
  /** Milliseconds from the start of the profile. */
  readonly start: number;
  readonly milliseconds: number;
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  /** Bytes of its outputs. */
  readonly bytes: number;
}

/** All kernels that a function executed. */
export interface Profile {
  readonly events: readonly KernelEvent[];
  /** Wall time, kernels and JavaScript. */
  readonly milliseconds: number;
  /** Peak memory of tensors. */
  readonly peakBytes: number;
}

/** Sum over all executions of a kernel, optionally per input shapes. */
export interface KernelSummary {
  readonly name: string;
  readonly shapes?: string;
  readonly calls: number;
  readonly milliseconds: number;
  /** Share of the wall time, in [0, 1]. */
  readonly share: number;
  readonly bytes: number;
}

/**
 * Runs `f` and records every kernel: each native op on TensorFlow, forward and backward; elsewhere TensorFlow.js's
 * kernels, whose start times reflect only their order.
 *
 * @example
 * const { profile: result } = await profile(() => valueAndGradients(() => loss(), weights));
 * console.log(formatProfile(result));
 */
export async function profile<T extends tf.TensorContainer>(
  f: () => T,
): Promise<{ value: T; profile: Profile }> {
  const backend = nativeBackend();
  const events: KernelEvent[] = [];
  resetPeakMemory();
  const startMs = performance.now();
  if (backend !== undefined) {
    backend.listen((name, start, milliseconds, inputs, outputs) => {
      events.push({
        name,
        start: start - startMs,
        milliseconds,
        inputs: inputs.map(({ shape }) => shape),
        outputs: outputs.map(({ shape }) => shape),
        bytes: outputs.reduce((sum, output) => sum + backend.bytesOf(output), 0),
      });
    });
    try {
      const value = f();
      return {
        value,
        profile: { events, milliseconds: performance.now() - startMs, peakBytes: memory().peakBytes },
      };
    } finally {
      backend.listen(undefined);
    }
  }
  const { result, kernels, peakBytes } = await tf.profile(f);
  const milliseconds = performance.now() - startMs;
  let start = 0;
  for (const kernel of kernels) {
    const time = await kernel.kernelTimeMs;
    const duration = typeof time === 'number' ? time : 0;
    events.push({
      name: kernel.name,
      start,
      milliseconds: duration,
      inputs: kernel.inputShapes.map((shape) => shape ?? []),
      outputs: kernel.outputShapes,
      bytes: kernel.bytesAdded,
    });
    start += duration;
  }
  return { value: result as T, profile: { events, milliseconds, peakBytes } };
}

/** Sums up a profile per kernel, slowest first. */
export function summarize(
  { events, milliseconds }: Profile,
  options: { readonly shapes?: boolean } = {},
): KernelSummary[] {
  const groups = new Map<
    string,
    { name: string; shapes: string; calls: number; milliseconds: number; bytes: number }
  >();
  for (const event of events) {
    const shapes = options.shapes === true ? event.inputs.map((shape) => `[${shape}]`).join(' ') : '';
    const key = `${event.name} ${shapes}`;
    const group = groups.get(key) ?? { name: event.name, shapes, calls: 0, milliseconds: 0, bytes: 0 };
    group.calls++;
    group.milliseconds += event.milliseconds;
    group.bytes += event.bytes;
    groups.set(key, group);
  }
  return [...groups.values()]
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .map(({ shapes, ...group }) => ({
      ...group,
      ...(shapes === '' ? {} : { shapes }),
      share: milliseconds > 0 ? group.milliseconds / milliseconds : 0,
    }));
}

/** A profile as a text table: the slowest kernels, and the time outside of kernels. */
export function formatProfile(
  profile: Profile,
  options: { readonly shapes?: boolean; readonly rows?: number } = {},
): string {
  const summaries = summarize(profile, options);
  const inKernels = summaries.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = summaries
    .slice(0, options.rows ?? 20)
    .map(({ name, shapes, calls, milliseconds, share, bytes }) => [
      shapes === undefined ? name : `${name} ${shapes}`,
      String(calls),
      milliseconds.toFixed(2),
      `${(100 * share).toFixed(1)} %`,
      megabytes(bytes),
    ]);
  const outside = Math.max(profile.milliseconds - inKernels, 0);
  const outsideShare = profile.milliseconds > 0 ? (100 * outside) / profile.milliseconds : 0;
  rows.push(['(outside kernels)', '', outside.toFixed(2), `${outsideShare.toFixed(1)} %`, '']);
  const table = [['kernel', 'calls', 'ms', 'share', 'output MB'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]!.length))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  lines.push(
    `${profile.milliseconds.toFixed(2)} ms in total, peak memory of tensors ${megabytes(profile.peakBytes)} MB`,
  );
  return `${lines.join('\n')}\n`;
}

/** A profile as JSON for chrome://tracing and Perfetto. */
export function chromeTrace({ events }: Profile): string {
  const traceEvents = events.map(({ name, start, milliseconds, inputs, outputs, bytes }) => ({
    name,
    cat: 'kernel',
    ph: 'X',
    ts: Math.round(start * 1000),
    dur: Math.round(milliseconds * 1000),
    pid: 1,
    tid: 1,
    args: {
      inputs: inputs.map((shape) => `[${shape}]`),
      outputs: outputs.map((shape) => `[${shape}]`),
      bytes,
    },
  }));
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents })}\n`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
