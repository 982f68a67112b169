import { readFileSync, writeFileSync } from 'node:fs';
import { ownCpuSeconds } from '../data/cpu-time.ts';

/** What a step of a run used. Processor time and memory are 0 on systems without /proc. */
export interface Used {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Most resident memory of its largest process, in bytes. */
  readonly peakBytes: number;
}

interface Span {
  readonly step: string;
  readonly pid: number;
  readonly startMs: number;
  readonly cpuBefore: number;
  cpuAfter: number;
  peakBytes: number;
}

/** Steps that take longer than this are seen in a process that ends with them. */
const SAMPLE_MS = 50;

/** Measures steps of this process and its children. Steps of one process do not overlap; those of several are added up. */
export class Meter {
  readonly used: Map<string, Used> = new Map();
  readonly #spans = new Map<string, Span>();
  readonly #timer = setInterval(() => this.#sample(), SAMPLE_MS).unref();

  /** @param id what {@link end} is called with */
  begin(id: string, step: string, pid: number = process.pid): void {
    this.#sample();
    forgetPeak(pid);
    const cpu = ownCpuSeconds(pid) ?? 0;
    const span = { step, pid, startMs: performance.now(), cpuBefore: cpu, cpuAfter: cpu, peakBytes: 0 };
    this.#spans.set(id, span);
  }

  /** Does nothing if the step has not begun. */
  end(id: string): void {
    this.#sample();
    const span = this.#spans.get(id);
    if (span === undefined) return;
    this.#spans.delete(id);
    const { step, startMs, cpuBefore, cpuAfter, peakBytes } = span;
    const before = this.used.get(step) ?? { seconds: 0, cpuSeconds: 0, peakBytes: 0 };
    this.used.set(step, {
      seconds: before.seconds + (performance.now() - startMs) / 1000,
      cpuSeconds: before.cpuSeconds + cpuAfter - cpuBefore,
      peakBytes: Math.max(before.peakBytes, peakBytes),
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    for (const span of this.#spans.values()) {
      span.cpuAfter = ownCpuSeconds(span.pid) ?? span.cpuAfter;
      span.peakBytes = Math.max(span.peakBytes, peakBytes(span.pid));
    }
  }
}

function peakBytes(pid: number): number {
  try {
    const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** The peak counts from now on, by proc(5)'s clear_refs. */
function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Without it, the peak is that of the whole process.
  }
}
