import { hashValue } from '@podium/core';
import type { SourceIdentity } from '../sources/identity.ts';
import type { Graph, Node } from './graph.ts';

/** What an input is, for a key: the content of a source, or an output of what has a key itself. */
export type InputIdentity = { readonly sha256: string } | { readonly key: string; readonly output: string };

/** All that a key is made of. */
export interface KeyParts {
  readonly stage: string;
  readonly version: string;
  /** Version of the engine that computes; another one may give other bits. */
  readonly engine: string;
  readonly settings: unknown;
  readonly seed?: string | number;
  readonly inputs: Readonly<Record<string, readonly InputIdentity[]>>;
}

/** Raised where the meaning of the parts or of the store's entries changes, so that old ones are never taken for new. */
const FORM = 'podium-key-1';

/**
 * The key under which results are stored, 64 hexadecimal digits: different as soon as any part differs. No clock,
 * path, host or name of an instance has a part in it.
 */
export function keyOf({ stage, version, engine, settings, seed, inputs }: KeyParts): string {
  const given = Object.fromEntries(Object.entries(inputs).filter(([, list]) => list.length > 0));
  return hashValue({ form: FORM, stage, version, engine, settings, seed, inputs: given });
}

/** A node with its key and what the key was made of. */
export interface KeyedNode {
  readonly node: Node;
  readonly key: string;
  readonly parts: KeyParts;
}

/** Gives every node its key; no file is read, for `sources` says what is in them. Nodes are in the graph's order. */
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
