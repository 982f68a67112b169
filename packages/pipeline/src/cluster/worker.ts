import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ownerOf, PodiumError, processName } from '@podium/core';
import { type Capacity, machineCapacity } from '../execute/admission.ts';
import type { Executor } from '../execute/job.ts';
import { type ComputeContext, compute, needsOf, type Permit } from '../run/compute.ts';
import { identify } from '../sources/identify.ts';
import { findStage } from '../stage/define-stage.ts';
import type { AnyStage } from '../stage/stage.ts';
import type { Entry } from '../store/check-entry.ts';
import type { Store } from '../store/store.ts';
import { Exchange, type WorkerInfo } from './exchange.ts';
import { type JobReference, keyedNodeOf, parseJob } from './job-reference.ts';
import { processorClass } from './processor.ts';
import { whyNot } from './worker-watch.ts';

const POLL_MS = 500;
const BEAT_MS = 2000;
/** News are written at most this often. */
const NEWS_MS = 1000;
const RETRIES = 2;

export interface WorkerOptions {
  /** The stages that this program has. */
  readonly stages: readonly AnyStage[];
  /** What computes, as in the keys of runs. */
  readonly engine: string;
  /** Where jobs run on this machine. */
  readonly executor: Executor;
  /** Cores and memory to register; default: those of the machine. */
  readonly capacity?: Capacity;
  /** Run code that comes with jobs; default: such jobs are left to others. */
  readonly allowCode?: boolean;
  /** Ends when no job is left. */
  readonly once?: boolean;
  /** Default: that of this machine. */
  readonly processor?: string;
  /** Takes no more jobs, and ends after those that it has. */
  readonly drain?: AbortSignal;
  /** Stops at once: others take over what it was doing, from the last checkpoint. */
  readonly signal?: AbortSignal;
  /** Must not throw. */
  readonly onEvent?: (event: WorkerEvent) => void;
}

/** What a worker does. */
export type WorkerEvent =
  | { readonly type: 'ready'; readonly info: WorkerInfo }
  | { readonly type: 'started'; readonly name: string; readonly key: string }
  | { readonly type: 'done'; readonly name: string; readonly key: string; readonly durationMs: number }
  | { readonly type: 'failed'; readonly name: string; readonly key: string; readonly error: PodiumError }
  /** Another worker has taken it over while this one was stopped or cut off, or the run was canceled. */
  | { readonly type: 'dropped'; readonly name: string; readonly key: string }
  /** Left to other workers; told once for each reason. */
  | { readonly type: 'left'; readonly name: string; readonly reason: string };

/**
 * Does jobs that runs ask for in a store, until it is told to stop: claims one when it has room, computes it, and adds the
 * result to the store. It only takes jobs whose results have the same bits here.
 */
export async function work(store: Store, options: WorkerOptions): Promise<void> {
  const worker = new Worker(store, options);
  await worker.run();
}

class Worker {
  readonly #store: Store;
  readonly #options: WorkerOptions;
  readonly #exchange: Exchange;
  readonly #info: WorkerInfo;
  readonly #signal: AbortSignal;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #left = new Set<string>();

  constructor(store: Store, options: WorkerOptions) {
    this.#store = store;
    this.#options = options;
    this.#exchange = new Exchange(store.folder);
    this.#signal = options.signal ?? new AbortController().signal;
    const { cores, memoryBytes } = options.capacity ?? machineCapacity();
    this.#info = {
      id: processName(),
      host: hostname(),
      engine: options.engine,
      processor: options.processor ?? processorClass(),
      cores,
      memoryBytes,
      stages: Object.fromEntries(options.stages.map(({ name, version }) => [name, version])),
      runsCode: options.allowCode ?? false,
    };
  }

  async run(): Promise<void> {
    const { drain, once = false } = this.#options;
    for (const { id } of await this.#exchange.workers())
      if (ownerOf(id) === 'dead') await this.#exchange.unregister(id);
    let beats = 0;
    const beat = () => this.#exchange.register(this.#info, ++beats);
    await beat();
    const timer = setInterval(() => void beat().catch(() => {}), BEAT_MS);
    this.#emit({ type: 'ready', info: this.#info });
    try {
      while (!this.#signal.aborted && drain?.aborted !== true) {
        await this.#look();
        if (once && this.#busy.size === 0) break;
        await sleep(POLL_MS);
      }
      await Promise.all(this.#busy.values());
    } finally {
      clearInterval(timer);
      await this.#exchange.unregister(this.#info.id);
    }
  }

  /** Starts on all jobs that it can do; they wait for room. */
  async #look(): Promise<void> {
    for (const key of await this.#exchange.jobs()) {
      if (this.#busy.has(key)) continue;
      const posted = await this.#exchange.job(key);
      if (posted === undefined) continue;
      const failure = await this.#exchange.failure(key);
      if (failure?.ticket === posted.ticket) continue;
      const task = this.#try(key, posted.ticket, posted.job).finally(() => this.#busy.delete(key));
      this.#busy.set(key, task);
    }
  }

  /** Does a job unless it is somebody else's; never rejects. */
  async #try(key: string, ticket: string, text: unknown): Promise<void> {
    let name = key;
    try {
      const job = parseJob(JSON.stringify(text), key);
      name = job.name;
      const reason = whyNot(this.#info, job);
      if (reason !== undefined) {
        const isNew = !this.#left.has(reason);
        this.#left.add(reason);
        if (isNew) this.#emit({ type: 'left', name, reason });
        return;
      }
      await this.#claimAndDo(job, ticket);
    } catch (error) {
      if (this.#signal.aborted || this.#options.drain?.aborted) return;
      await this.#fail(key, name, ticket, error, 0);
    }
  }

  async #claimAndDo(job: JobReference, ticket: string): Promise<void> {
    const { executor, drain } = this.#options;
    const { key } = job;
    const stage = await this.#stageOf(job);
    const item = keyedNodeOf(job, stage);
    const stop = drain === undefined ? this.#signal : AbortSignal.any([this.#signal, drain]);
    const slot = await executor.reserve({ stage, needs: needsOf(item) }, stop);
    const claim = stop.aborted ? undefined : await this.#store.tryClaim(key).catch(() => undefined);
    if (claim === undefined) {
      slot.release();
      return this.#store.waitForClaim(key, stop);
    }
    const permit: Permit = { claim, slot };
    let done = false;
    let attempts = 0;
    const gone = new AbortController();
    const watching = this.#watch(key, gone);
    const startMs = performance.now();
    try {
      const made = (await this.#store.find(key, 'full')).status === 'found';
      if (!made) {
        this.#emit({ type: 'started', name: job.name, key });
        await this.#compute(job, item, permit, gone.signal, (attempt) => {
          attempts = attempt;
        });
      }
      done = true;
      await this.#exchange.withdraw(key);
      if (!made) this.#emit({ type: 'done', name: job.name, key, durationMs: performance.now() - startMs });
    } catch (error) {
      const isLost = error instanceof PodiumError && error.code === 'claim-lost';
      if (isLost || gone.signal.aborted || this.#signal.aborted)
        this.#emit({ type: 'dropped', name: job.name, key });
      else await this.#fail(key, job.name, ticket, error, attempts);
    } finally {
      clearInterval(watching);
      await permit.claim.release(done);
      permit.slot.release();
    }
  }

  async #compute(
    job: JobReference,
    item: ReturnType<typeof keyedNodeOf>,
    permit: Permit,
    gone: AbortSignal,
    onAttempt: (attempt: number) => void,
  ): Promise<void> {
    const { executor } = this.#options;
    const store = this.#store;
    const endLease = await store.lease([job.key, ...Object.values(job.entries)]);
    let telling: Promise<void> = Promise.resolve();
    try {
      const entries = new Map<string, Entry>();
      for (const [name, key] of Object.entries(job.entries)) {
        const found = await store.find(key, 'full');
        if (found.status !== 'found') throw missingInput(job.name, name, this.#info.host);
        entries.set(name, found.entry);
      }
      for (const [name, source] of Object.entries(job.sources)) await this.#assertSource(name, source);
      const news = { worker: this.#info.host, attempt: 1 };
      await this.#exchange.tell(job.key, news);
      let toldMs = Number.NEGATIVE_INFINITY;
      const context: ComputeContext = {
        store,
        executor,
        sources: job.sources,
        identities: Object.fromEntries(
          Object.entries(job.sources).map(([name, { kind, sha256 }]) => [name, { kind, sha256, bytes: 0 }]),
        ),
        retries: RETRIES,
        signal: AbortSignal.any([this.#signal, gone]),
        onEvent: (event) => {
          if (event.type !== 'progress' || performance.now() - toldMs < NEWS_MS) return;
          toldMs = performance.now();
          const { progress } = event;
          telling = telling.then(() => this.#exchange.tell(job.key, { ...news, progress })).catch(() => {});
        },
      };
      await compute(item, entries, context, permit, onAttempt);
    } finally {
      await telling;
      await endLease();
    }
  }

  /** The stage of this program, or that of the code that comes with the job. */
  async #stageOf(job: JobReference): Promise<AnyStage> {
    const own = this.#options.stages.find(({ name }) => name === job.stage);
    if (own !== undefined) return own;
    const [name, code] = Object.entries(job.sources).find(([, { type }]) => type === 'stage-code') ?? [];
    if (name === undefined || code === undefined) throw unknownStage(job.stage);
    await this.#assertSource(name, code);
    const module = pathToFileURL(code.path).href;
    return findStage((await import(module)) as Record<string, unknown>, job.stage, module);
  }

  /** Data is read where the run has it: on a disk that both share, or from a copy at the same path. */
  async #assertSource(name: string, source: JobReference['sources'][string]): Promise<void> {
    const fix = `make the same files available at this path on ${this.#info.host}, or start no worker there`;
    const problem = { code: 'worker-source', path: { file: source.path } };
    const found = await identify(source, this.#store.fileHashes).catch((error: unknown) => {
      const message = `the source "${name}" cannot be read by the worker on ${this.#info.host}: ${error instanceof Error ? error.message : String(error)}`;
      throw new PodiumError({ ...problem, message, fix }, { cause: error });
    });
    if (found.sha256 === source.sha256) return;
    const message = `the source "${name}" has other content on ${this.#info.host} than on the machine of the run`;
    throw new PodiumError({ ...problem, message, fix });
  }

  /** Aborts when nobody asks for the job anymore: seen twice, since a run may just be writing it again. */
  #watch(key: string, gone: AbortController): NodeJS.Timeout {
    let missed = 0;
    return setInterval(() => {
      void this.#exchange.job(key).then((posted) => {
        missed = posted === undefined ? missed + 1 : 0;
        if (missed > 1) gone.abort(new Error('the job was withdrawn'));
      });
    }, NEWS_MS);
  }

  async #fail(key: string, name: string, ticket: string, thrown: unknown, attempts: number): Promise<void> {
    const error =
      thrown instanceof PodiumError
        ? thrown
        : new PodiumError({ code: 'worker-failed', message: String(thrown) }, { cause: thrown });
    const stack = error.cause instanceof Error ? error.cause.stack : undefined;
    const note = { ticket, worker: this.#info.host, problem: error.problem, stack, attempts };
    // On a full disk nothing can be told; the run waits, and this worker tries again.
    await this.#exchange.fail(key, note).catch(() => {});
    this.#emit({ type: 'failed', name, key, error });
  }

  #emit(event: WorkerEvent): void {
    this.#options.onEvent?.(event);
  }
}

function missingInput(job: string, input: string, host: string): PodiumError {
  return new PodiumError({
    code: 'worker-input',
    message: `the worker on ${host} does not find the result of "${input}", which "${job}" reads`,
    fix: 'see that the worker and the run use the same store; then start the run again',
  });
}

function unknownStage(stage: string): PodiumError {
  return new PodiumError({
    code: 'worker-stage',
    message: `the stage "${stage}" is neither part of this version of Podium, nor does its code come with the job`,
    fix: 'install the same version of Podium on all machines',
  });
}
