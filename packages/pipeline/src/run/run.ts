import { PodiumError } from '@podium/core';
import { referTo } from '../cluster/job-reference.ts';
import { processorClass } from '../cluster/processor.ts';
import type { Executor, Slot } from '../execute/job.ts';
import type { Graph } from '../graph/graph.ts';
import { type KeyedNode, keysOf } from '../graph/keys.ts';
import { dependencies } from '../graph/order.ts';
import { targetsOf } from '../graph/upstream.ts';
import { type PlanOptions, plan } from '../plan/plan.ts';
import type { Entry } from '../store/check-entry.ts';
import type { Claim } from '../store/claim.ts';
import type { Store } from '../store/store.ts';
import { type ComputeContext, compute, needsOf, type Permit } from './compute.ts';
import type { InstanceReport, RunEvent, RunReport } from './report.ts';

const RETRIES = 2;

export interface RunOptions extends PlanOptions {
  /** Retries after a crash, a kill or a lost heartbeat; default: 2. */
  readonly retries?: number;
  readonly signal?: AbortSignal;
  /** Must not throw. */
  readonly onEvent?: (event: RunEvent) => void;
}

/**
 * Runs what the targets of a graph need and the store does not have. Cached results that a stage reads or that the
 * report hands out are checked byte by byte first, and recomputed if damaged. After a failure, everything that does not
 * depend on it still runs. Several runs may share a store: each key is computed by one of them.
 *
 * Resolves when nothing of the run is running anymore, also after failures or cancellation, with the result of every
 * instance. The report does not depend on what finished first, nor on the number of processes.
 *
 * @throws PodiumError if the run could not start: as {@link plan}
 *
 * @example
 * const store = await openStore('cache');
 * const report = await run(graph, store, localExecutor(), { engine: '1', targets: ['train'] });
 * const { model } = outputsOf(report, training);
 */
export async function run(
  graph: Graph,
  store: Store,
  executor: Executor,
  options: RunOptions,
): Promise<RunReport> {
  const targets = targetsOf(graph, options.targets);
  const onEvent = options.onEvent ?? (() => {});
  const signal = options.signal ?? new AbortController().signal;
  const planned = await plan(graph, store, options);
  onEvent({ type: 'planned', plan: planned });
  const keyed = keysOf(graph, planned.sources, options.engine);
  const endLease = await store.lease(keyed.map(({ key }) => key));
  try {
    for (const identity of Object.values(planned.sources)) await store.saveSourceFiles(identity);
    const context: ComputeContext = {
      store,
      executor,
      signal,
      onEvent,
      sources: graph.sources,
      identities: planned.sources,
      retries: options.retries ?? RETRIES,
    };
    const runner = new InstanceRunner(keyed, context);
    await Promise.all(targets.map((name) => runner.ensure(name)));
    const instances = await runner.reports();
    const made = new Set(instances.filter(({ outputs }) => outputs !== undefined).map(({ name }) => name));
    return {
      ok: targets.every((name) => made.has(name)),
      canceled: instances.some(({ status }) => status === 'canceled'),
      engine: options.engine,
      targets,
      sources: planned.sources,
      instances,
    };
  } finally {
    await endLease();
  }
}

/** The instances of one run; each is looked up, and computed, at most once. */
class InstanceRunner {
  readonly #keyed: readonly KeyedNode[];
  readonly #context: ComputeContext;
  readonly #done = new Map<string, Promise<InstanceReport>>();
  readonly #damaged = new Set<string>();

  constructor(keyed: readonly KeyedNode[], context: ComputeContext) {
    this.#keyed = keyed;
    this.#context = context;
  }

  /** Finds or computes an instance's entry; never rejects. */
  ensure(name: string): Promise<InstanceReport> {
    let report = this.#done.get(name);
    if (report === undefined) {
      const item = this.#keyed.find(({ node }) => node.name === name)!;
      report = this.#findOrCompute(item).then((finished) => {
        this.#context.onEvent({ type: 'finished', report: finished });
        return finished;
      });
      this.#done.set(name, report);
    }
    return report;
  }

  /** Reports of all instances, in the graph's order. */
  async reports(): Promise<InstanceReport[]> {
    const all = this.#keyed.map(async (item): Promise<InstanceReport> => {
      const known = this.#done.get(item.node.name);
      if (known !== undefined) return known;
      // Nothing needed it: a quick check is enough, and its files are not handed out.
      const found = await this.#context.store.find(item.key, 'quick');
      const manifest = found.status === 'found' ? found.entry.manifest : undefined;
      return { ...basis(item, 0), status: manifest ? 'cached' : 'unneeded', manifest };
    });
    return Promise.all(all);
  }

  async #findOrCompute(item: KeyedNode): Promise<InstanceReport> {
    const { store, executor, signal, onEvent } = this.#context;
    const { node, key } = item;
    let attempts = 0;
    try {
      signal.throwIfAborted();
      const cached = await this.#find(item, false);
      if (cached !== undefined) return ready(item, cached, 'cached', 0);
      const inputs = await Promise.all(dependencies(node).map((name) => this.ensure(name)));
      signal.throwIfAborted();
      const blocking = inputs.filter(({ outputs }) => outputs === undefined);
      if (blocking.length > 0)
        return { ...basis(item, 0), status: 'blocked', blockedBy: this.#roots(blocking) };
      const entries = new Map(inputs.map((input) => [input.name, entryOf(input)]));
      if (executor.delegate !== undefined && !node.stage.cheap) {
        attempts = 1;
        return ready(item, await this.#delegate(item, entries), 'ran', attempts);
      }
      for (let waits = 0; ; waits++) {
        // Only who has room claims a key, so that runs on other machines get the rest.
        const slot = await executor.reserve({ stage: node.stage, needs: needsOf(item) }, signal);
        const permit = await this.#permit(key, slot);
        if (permit !== undefined) {
          const made = await this.#useOf(item, entries, permit, (attempt) => {
            attempts = attempt;
          });
          if (made !== undefined) return made;
        }
        if (waits === 0) onEvent({ type: 'waiting', name: node.name, key });
        await store.waitForClaim(key, signal);
        const madeElsewhere = await this.#find(item, false);
        if (madeElsewhere !== undefined) return ready(item, madeElsewhere, 'cached', attempts);
      }
    } catch (error) {
      if (signal.aborted) return { ...basis(item, attempts), status: 'canceled' };
      return { ...basis(item, attempts), status: 'failed', error: asPodiumError(error) };
    }
  }

  /** Has an entry computed elsewhere. */
  async #delegate(item: KeyedNode, entries: ReadonlyMap<string, Entry>): Promise<Entry> {
    const { store, executor, signal, onEvent, sources, identities } = this.#context;
    const { node, key } = item;
    // A damaged entry has to go first, or it would be taken for the result.
    const claim = await store.tryClaim(key);
    if (claim !== undefined) {
      let made: Entry | undefined;
      try {
        made = await this.#find(item, true);
      } finally {
        await claim.release(made !== undefined);
      }
      if (made !== undefined) return made;
    }
    onEvent({ type: 'started', name: node.name, key, settings: node.settings, attempt: 1 });
    const job = referTo(item, entries, sources, identities, processorClass());
    await executor.delegate?.(job, { signal, onEvent: (event) => onEvent({ ...event, name: node.name }) });
    const entry = await this.#find(item, false);
    if (entry !== undefined) return entry;
    throw new PodiumError({
      code: 'result-damaged',
      path: { key: node.name },
      message: 'a worker computed the result, but it was damaged or removed before it could be read',
      fix: 'check the disk of the store, then start again',
    });
  }

  /** Claims a key for the holder of a slot; undefined, without the slot, if another process holds the claim. */
  async #permit(key: string, slot: Slot): Promise<Permit | undefined> {
    let claim: Claim | undefined;
    try {
      claim = await this.#context.store.tryClaim(key);
    } finally {
      if (claim === undefined) slot.release();
    }
    return claim && { claim, slot };
  }

  /** Computes an entry unless it was made meanwhile; undefined if the claim was lost, and the result dropped. */
  async #useOf(
    item: KeyedNode,
    entries: ReadonlyMap<string, Entry>,
    permit: Permit,
    onAttempt: (attempt: number) => void,
  ): Promise<InstanceReport | undefined> {
    const { name, key } = { name: item.node.name, key: item.key };
    let attempts = 0;
    let done = false;
    try {
      const made = await this.#find(item, true);
      const entry =
        made ??
        (await compute(item, entries, this.#context, permit, (attempt) => {
          attempts = attempt;
          onAttempt(attempt);
        }));
      done = true;
      return ready(item, entry, made === undefined ? 'ran' : 'cached', attempts);
    } catch (error) {
      const isLost = error instanceof PodiumError && error.code === 'claim-lost';
      if (!isLost || this.#context.signal.aborted) throw error;
      this.#context.onEvent({ type: 'claim-lost', name, key, error });
      return undefined;
    } finally {
      await permit.claim.release(done);
      permit.slot.release();
    }
  }

  /** The entry, if the store has it undamaged. Damage is reported once; the holder of the lock removes the entry. */
  async #find({ node, key }: KeyedNode, holdsLock: boolean): Promise<Entry | undefined> {
    const { store, onEvent } = this.#context;
    const found = await store.find(key, 'full');
    if (found.status === 'found') return found.entry;
    if (found.status === 'damaged') {
      if (!this.#damaged.has(key)) onEvent({ type: 'damaged', name: node.name, key, damage: found.damage });
      this.#damaged.add(key);
      if (holdsLock) await store.remove(key);
    }
    return undefined;
  }

  /** The failed instances that block others. */
  #roots(blocking: readonly InstanceReport[]): string[] {
    const names = new Set(blocking.flatMap(({ name, blockedBy }) => blockedBy ?? [name]));
    return this.#keyed.map(({ node }) => node.name).filter((name) => names.has(name));
  }
}

function basis({ node, key, parts }: KeyedNode, attempts: number): Omit<InstanceReport, 'status'> {
  return { name: node.name, key, parts, attempts };
}

function ready(
  item: KeyedNode,
  { outputs, manifest }: Entry,
  status: 'cached' | 'ran',
  attempts: number,
): InstanceReport {
  return { ...basis(item, attempts), status, outputs, manifest };
}

function entryOf({ key, outputs, manifest }: InstanceReport): Entry {
  return { key, outputs: outputs ?? {}, manifest: manifest! };
}

function asPodiumError(error: unknown): PodiumError {
  if (error instanceof PodiumError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new PodiumError({ code: 'pipeline-failed', message }, { cause: error });
}
