import { PodiumError } from '@podium/core';
import type { Graph } from './graph.ts';
import { type Dependent, dependencies } from './order.ts';

/**
 * The targets of a run: the named instances, or by default those whose outputs no other instance reads.
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

/**
 * The targets and everything they depend on, in the order given. Nodes may be those of a graph or the instances of a
 * record; each has to come after those it reads. A target that is not among them is ignored.
 *
 * @param options.isCached instances whose dependencies are not needed; default: none
 */
export function upstreamOf<Node extends Dependent>(
  nodes: readonly Node[],
  targets: readonly string[],
  { isCached = () => false }: { readonly isCached?: (name: string) => boolean } = {},
): Node[] {
  const needed = new Set(targets);
  // In reverse order, readers come before what they read.
  for (const node of nodes.toReversed()) {
    if (!needed.has(node.name) || isCached(node.name)) continue;
    for (const name of dependencies(node)) needed.add(name);
  }
  return nodes.filter(({ name }) => needed.has(name));
}

/**
 * The part of a graph that the targets are made from. Sources stay, also those that only the rest reads.
 * @throws PodiumError `graph-unknown-target`, suggesting the nearest name.
 */
export function subgraph(graph: Graph, targets: readonly string[]): Graph {
  return Object.freeze({ ...graph, nodes: upstreamOf(graph.nodes, targetsOf(graph, targets)) });
}
