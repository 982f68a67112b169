import { PodiumError } from '@podium/core';
import type { Executor } from '../execute/job.ts';
import type { Graph } from '../graph/graph.ts';
import { type KeyedNode, keysOf } from '../graph/keys.ts';
import { dependencies } from '../graph/order.ts';
import { targetsOf } from '../graph/upstream.ts';
import { type PlanOptions, plan } from '../plan/plan.ts';
import type { Entry } from '../store/check-entry.ts';
import type { Store } from '../store/store.ts';
import { type ComputeContext, compute } from './compute.ts';
import type { InstanceReport, RunEvent, RunReport } from './report.ts';

const RETRIES = 2;

export interface RunOptions extends PlanOptions {
  /** Further attempts after a crash, a kill or a lost heartbeat; 2 where left out. */
  readonly retries?: number;
  readonly signal?: AbortSignal;
  /** Must not throw. */
  readonly onEvent?: (event: RunEvent) => void;
}

/**
 * Makes what the targets of a graph need and the store does not hold. What is there is not made again; what a stage
 * reads, and what the report hands out, is checked byte by byte first, and made anew where it is damaged. After a
 * failure whatever does not depend on it goes on. Several runs may share a store: each key is made by one of them.
 *
 * Resolves when nothing of the run is under way any more, with what became of every instance, also where some failed
 * or the signal fired. The report does not depend on what finished first, nor on the number of processes.
 *
 * @throws PodiumError where it could not begin: as `plan` does.
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
    for (const identity of Object.values(planned.sources)) await store.noteSource(identity);
    const context: ComputeContext = {
      store,
      executor,
      signal,
      onEvent,
      sources: graph.sources,
      identities: planned.sources,
      retries: options.retries ?? RETRIES,
    };
    const work = new Work(keyed, context);
    await Promise.all(targets.map((name) => work.ensure(name)));
    const instances = await work.reports();
    const there = new Set(instances.filter(({ outputs }) => outputs !== undefined).map(({ name }) => name));
    return {
      ok: targets.every((name) => there.has(name)),
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

/** The instances of one run; each is looked for, and made, at most once. */
class Work {
  readonly #keyed: readonly KeyedNode[];
  readonly #context: ComputeContext;
  readonly #done = new Map<string, Promise<InstanceReport>>();
  readonly #damaged = new Set<string>();

  constructor(keyed: readonly KeyedNode[], context: ComputeContext) {
    this.#keyed = keyed;
    this.#context = context;
  }

  /** Sees to it that an instance's entry is there and whole; never rejects. */
  ensure(name: string): Promise<InstanceReport> {
    let report = this.#done.get(name);
    if (report === undefined) {
      const item = this.#keyed.find(({ node }) => node.name === name)!;
      report = this.#make(item).then((finished) => {
        this.#context.onEvent({ type: 'finished', report: finished });
        return finished;
      });
      this.#done.set(name, report);
    }
    return report;
  }

  /** Of all instances, in the graph's order. */
  async reports(): Promise<InstanceReport[]> {
    const all = this.#keyed.map(async (item): Promise<InstanceReport> => {
      const known = this.#done.get(item.node.name);
      if (known !== undefined) return known;
      // Nobody asked for it: a quick look is enough, and its files are not handed out.
      const found = await this.#context.store.find(item.key, 'quick');
      const there = found.status === 'found' ? found.entry.manifest : undefined;
      return { ...basis(item, 0), status: there ? 'cached' : 'unneeded', ...(there && { manifest: there }) };
    });
    return Promise.all(all);
  }

  async #make(item: KeyedNode): Promise<InstanceReport> {
    const { store, signal, onEvent } = this.#context;
    const { node, key } = item;
    let attempts = 0;
    try {
      signal.throwIfAborted();
      const there = await this.#find(item, false);
      if (there !== undefined) return ready(item, there, 'cached', 0);
      const inputs = await Promise.all(dependencies(node).map((name) => this.ensure(name)));
      signal.throwIfAborted();
      const blocking = inputs.filter(({ outputs }) => outputs === undefined);
      if (blocking.length > 0)
        return { ...basis(item, 0), status: 'blocked', blockedBy: this.#roots(blocking) };
      const entries = new Map(inputs.map((input) => [input.name, entryOf(input)]));
      const onWait = () => onEvent({ type: 'waiting', name: node.name, key });
      return await store.withLock(key, { signal, onWait }, async () => {
        const made = await this.#find(item, true);
        if (made !== undefined) return ready(item, made, 'cached', 0);
        const entry = await compute(item, entries, this.#context, (attempt) => {
          attempts = attempt;
        });
        return ready(item, entry, 'ran', attempts);
      });
    } catch (error) {
      if (signal.aborted) return { ...basis(item, attempts), status: 'canceled' };
      return { ...basis(item, attempts), status: 'failed', error: asPodiumError(error) };
    }
  }

  /** The entry, where it is there and whole; a damaged one is told once, and removed by who holds its lock. */
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

  /** The failures behind instances that are not there. */
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
