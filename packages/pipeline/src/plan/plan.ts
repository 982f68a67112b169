import type { Graph } from '../graph/graph.ts';
import { type KeyedNode, keysOf } from '../graph/keys.ts';
import { targetsOf, upstreamOf } from '../graph/upstream.ts';
import { identifyAll, type SeenSources } from '../sources/identify.ts';
import type { SourceIdentity } from '../sources/identity.ts';
import type { Lookup } from '../store/check-entry.ts';
import type { Store } from '../store/store.ts';
import { explain, type Reason } from './reasons.ts';

export interface PlanOptions {
  /** Version of the engine that computes; part of every key. */
  readonly engine: string;
  /** Names of the instances whose outputs are wanted; default: those that no other instance reads. */
  readonly targets?: readonly string[];
  /** Hash every source file again, also those that look unchanged. */
  readonly rehashSources?: boolean;
  /**
   * What sources were when they were first looked at, for several plans and runs that are to see one state of them. A stage
   * whose source has changed since fails. Filled in.
   */
  readonly seen?: SeenSources;
}

/** What a run would do with one instance. */
export interface PlannedInstance {
  readonly name: string;
  readonly stage: string;
  readonly key: string;
  /** `unneeded`: not in the store, but everything that reads it is. */
  readonly status: 'cached' | 'run' | 'unneeded';
  /** Why it would run; empty unless `status` is `run`. */
  readonly reasons: readonly Reason[];
}

export interface Plan {
  /** In the graph's order. */
  readonly instances: readonly PlannedInstance[];
  readonly sources: Readonly<Record<string, SourceIdentity>>;
}

/**
 * Tells for every instance whether a run would compute it, and why. Entries of the store get a quick check only: bytes
 * that changed on disk without a trace show up in the run itself.
 * @throws PodiumError `graph-unknown-target`, and as {@link identifyAll}
 */
export async function plan(graph: Graph, store: Store, options: PlanOptions): Promise<Plan> {
  const targets = targetsOf(graph, options.targets);
  const { rehashSources: rehash, seen } = options;
  const sources = await identifyAll(graph.sources, store.fileHashes, { rehash, seen });
  const keyed = keysOf(graph, sources, options.engine);
  const lookups = new Map<string, Lookup>();
  for (const { node, key } of keyed) lookups.set(node.name, await store.find(key, 'quick'));
  const isCached = (name: string) => lookups.get(name)?.status === 'found';
  const needed = upstreamOf(graph.nodes, targets, { isCached });
  const wanted = new Set(needed.map(({ name }) => name));
  const missing = keyed.some(({ node }) => wanted.has(node.name) && !isCached(node.name));
  const entries = missing ? await store.list() : [];
  const instances: PlannedInstance[] = [];
  for (const item of keyed) {
    const { name, stage } = item.node;
    const status = isCached(name) ? 'cached' : wanted.has(name) ? 'run' : 'unneeded';
    const lookup = lookups.get(name)!;
    const reasons = status === 'run' ? await reasonsFor(item, lookup) : [];
    instances.push({ name, stage: stage.name, key: item.key, status, reasons });
  }
  return { instances, sources };

  async function reasonsFor(item: KeyedNode, lookup: Lookup): Promise<readonly Reason[]> {
    if (lookup.status === 'damaged') return [{ kind: 'damaged', damage: lookup.damage }];
    return explain(item, entries, sources, (sha256) => store.sourceFiles(sha256));
  }
}
