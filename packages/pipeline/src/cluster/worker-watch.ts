import type { Exchange, WorkerInfo } from './exchange.ts';
import type { JobReference } from './job-reference.ts';

/** A worker whose counter did not change for this long is gone. */
const SILENT_MS = 15_000;
/** Workers are looked at this often at most. */
const LOOK_MS = 2000;

/** Types of sources that are code: only workers that allow it read them. */
const CODE_TYPES: ReadonlySet<string> = new Set(['code', 'stage-code']);

/** Why a worker does not do a job; undefined if it does. */
export function whyNot(
  worker: Omit<WorkerInfo, 'id' | 'host' | 'cores' | 'memoryBytes'>,
  job: JobReference,
): string | undefined {
  const hasCode = Object.values(job.sources).some(({ type }) => CODE_TYPES.has(type));
  if (hasCode && !worker.runsCode) return "does not run a project's own code (start it with --allow-code)";
  if (worker.engine !== job.engine) return `computes with ${worker.engine}, and the run with ${job.engine}`;
  if (worker.processor !== job.processor)
    return `has another processor, which computes other bits: ${worker.processor} instead of ${job.processor}`;
  const version = worker.stages[job.stage];
  if (version === job.version || (version === undefined && hasCode)) return undefined;
  return version === undefined
    ? `does not know the stage "${job.stage}": install the same version of Podium`
    : `has version ${version} of the stage "${job.stage}" instead of ${job.version}: install the same version of Podium`;
}

/** The workers of a store, as a run sees them: alive while their counters change, by the clock of the run. */
export class WorkerWatch {
  readonly #exchange: Exchange;
  readonly #seen = new Map<string, { readonly beat: number; readonly atMs: number }>();
  #alive: readonly WorkerInfo[] = [];
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Why no worker does a job, one line for each worker; undefined if one could. */
  async whyNobody(job: JobReference): Promise<readonly string[] | undefined> {
    const alive = await this.#look();
    const reasons = alive.map((worker) => {
      const reason = whyNot(worker, job);
      return reason && `${worker.host} ${reason}`;
    });
    if (reasons.includes(undefined)) return undefined;
    return reasons.filter((reason) => reason !== undefined);
  }

  async #look(): Promise<readonly WorkerInfo[]> {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs < LOOK_MS) return this.#alive;
    this.#lookedMs = nowMs;
    const found = await this.#exchange.workers();
    this.#alive = found.filter(({ id, beat }) => {
      const before = this.#seen.get(id);
      if (before?.beat !== beat) this.#seen.set(id, { beat, atMs: nowMs });
      return nowMs - this.#seen.get(id)!.atMs < SILENT_MS;
    });
    return this.#alive;
  }
}
