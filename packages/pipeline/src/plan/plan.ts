import type { Graph } from '../graph/graph.ts';
import { type KeyedNode, keysOf } from '../graph/keys.ts';
import { targetsOf, upstreamOf } from '../graph/upstream.ts';
import { identifyAll } from '../sources/identify.ts';
import type { SourceIdentity } from '../sources/identity.ts';
import type { Lookup } from '../store/check-entry.ts';
import type { Store } from '../store/store.ts';
import { explain, type Reason } from './reasons.ts';

export interface PlanOptions {
  /** Version of the engine that would compute; part of every key. */
  readonly engine: string;
  /** The instances whose outputs are wanted; all that nobody else reads where left out. */
  readonly targets?: readonly string[];
  /** Read every source file, whatever was remembered of it. */
  readonly distrustFileHashes?: boolean;
}

/** What a run would do with one instance. */
export interface PlannedInstance {
  readonly name: string;
  readonly stage: string;
  readonly key: string;
  /** `unneeded`: it is not in the store, but all that reads it is. */
  readonly status: 'cached' | 'run' | 'unneeded';
  /** Why it would run. */
  readonly reasons: readonly Reason[];
}

export interface Plan {
  /** In the graph's order. */
  readonly instances: readonly PlannedInstance[];
  readonly sources: Readonly<Record<string, SourceIdentity>>;
}

/**
 * Says for every instance whether a run would compute it, and why. It looks quickly at the store: what a disk silently
 * damaged shows only in the run itself.
 * @throws PodiumError as `identifyAll` does, and `graph-unknown-target`.
 */
export async function plan(graph: Graph, store: Store, options: PlanOptions): Promise<Plan> {
  const targets = targetsOf(graph, options.targets);
  const sources = await identifyAll(graph.sources, store.fileHashes, options.distrustFileHashes);
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
    return explain(item, entries, sources, (sha256) => store.notedSource(sha256));
  }
}
