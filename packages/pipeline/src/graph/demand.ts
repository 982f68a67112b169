import { PodiumError } from '@podium/core';
import type { Graph } from './graph.ts';
import { dependencies } from './order.ts';

/**
 * The instances that a run is for: those named, or those whose outputs nobody else reads.
 * @throws PodiumError `graph-unknown-target`, suggesting the nearest name.
 */
export function targetsOf({ nodes }: Graph, names?: readonly string[]): string[] {
  const all = nodes.map(({ name }) => name);
  for (const name of names ?? []) {
    if (all.includes(name)) continue;
    throw new PodiumError({
      code: 'graph-unknown-target',
      message: 'the graph has no such instance',
      expected: all,
      got: JSON.stringify(name),
    });
  }
  const read = new Set(nodes.flatMap(dependencies));
  return names === undefined
    ? all.filter((name) => !read.has(name))
    : all.filter((name) => names.includes(name));
}

/** The instances whose outputs are wanted: the targets, and what those that must run read. */
export function demanded(
  { nodes }: Graph,
  targets: readonly string[],
  isCached: (name: string) => boolean,
): Set<string> {
  const wanted = new Set(targets);
  // Backwards, whoever reads comes before what it reads.
  for (const node of [...nodes].reverse()) {
    if (!wanted.has(node.name) || isCached(node.name)) continue;
    for (const name of dependencies(node)) wanted.add(name);
  }
  return wanted;
}
