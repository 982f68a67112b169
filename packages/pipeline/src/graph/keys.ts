import { hashValue } from '@podium/core';
import type { SourceIdentity } from '../sources/identity.ts';
import type { Graph, Node } from './graph.ts';

/** Identity of an input, for a key: the content of a source, or an output of an instance with its own key. */
export type InputIdentity = { readonly sha256: string } | { readonly key: string; readonly output: string };

/** Everything that a key is made of. */
export interface KeyParts {
  readonly stage: string;
  readonly version: string;
  /** Version of the engine that computes: another one may compute other bits. */
  readonly engine: string;
  readonly settings: unknown;
  readonly seed?: string | number;
  readonly inputs: Readonly<Record<string, readonly InputIdentity[]>>;
}

/**
 * Changes with the meaning of the parts or of the store's entries, so that old entries are never taken for new ones.
 */
const FORMAT = 'podium-key-1';

/**
 * The key under which results are stored: 64 hexadecimal digits that differ as soon as any part differs. Times, paths,
 * hosts and names of instances are not part of it.
 */
export function keyOf({ stage, version, engine, settings, seed, inputs }: KeyParts): string {
  const connected = Object.fromEntries(Object.entries(inputs).filter(([, list]) => list.length > 0));
  return hashValue({ form: FORMAT, stage, version, engine, settings, seed, inputs: connected });
}

/** A node, its key, and what the key is made of. */
export interface KeyedNode {
  readonly node: Node;
  readonly key: string;
  readonly parts: KeyParts;
}

/** Keys of all nodes, in the graph's order. Reads no file: `sources` holds the hashes of their content. */
export function keysOf(
  graph: Graph,
  sources: Readonly<Record<string, SourceIdentity>>,
  engine: string,
): KeyedNode[] {
  const keys = new Map<string, string>();
  return graph.nodes.map((node) => {
    const identity = (reference: Node['inputs'][string][number]): InputIdentity =>
      'source' in reference
        ? { sha256: sources[reference.source]!.sha256 }
        : { key: keys.get(reference.from)!, output: reference.output };
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([port, references]) => [port, references.map(identity)]),
    );
    const { name: stage, version } = node.stage;
    const seed = node.seed === undefined ? {} : { seed: node.seed };
    const parts: KeyParts = { stage, version, engine, settings: node.settings, ...seed, inputs };
    const key = keyOf(parts);
    keys.set(node.name, key);
    return { node, key, parts };
  });
}
