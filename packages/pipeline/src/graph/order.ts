import { PodiumError } from '@podium/core';
import type { Node } from './graph.ts';
import type { Reference } from './instance.ts';

/** What the order of a graph is made of: nodes, and the instances of a record. */
export interface Dependent {
  readonly name: string;
  readonly inputs: Readonly<Record<string, readonly Reference[]>>;
}

/** The names of the instances whose outputs a node reads, without duplicates. */
export function dependencies({ inputs }: Dependent): string[] {
  const references = Object.values(inputs).flat();
  return [...new Set(references.flatMap((reference) => ('from' in reference ? [reference.from] : [])))];
}

/**
 * Sorts nodes topologically, and otherwise keeps the order given.
 *
 * @throws PodiumError `graph-cycle` naming the cycle.
 */
export function inOrder(nodes: readonly Node[]): Node[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const done = new Set<string>();
  const result: Node[] = [];
  // An explicit stack: recursion would overflow on a chain of thousands of instances.
  for (const start of nodes) {
    const stack: { readonly node: Node; readonly rest: string[] }[] = [];
    const above = new Set<string>();
    const enter = (node: Node): void => {
      stack.push({ node, rest: dependencies(node) });
      above.add(node.name);
    };
    if (!done.has(start.name)) enter(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.rest.shift();
      if (next === undefined) {
        stack.pop();
        above.delete(top.node.name);
        done.add(top.node.name);
        result.push(top.node);
      } else if (above.has(next)) {
        const names = stack.map(({ node }) => node.name);
        cycle([...names.slice(names.indexOf(next)), next]);
      } else if (!done.has(next)) {
        enter(byName.get(next)!);
      }
    }
  }
  return result;
}

function cycle(names: readonly string[]): never {
  throw new PodiumError({
    code: 'graph-cycle',
    message: `the graph has a cycle: ${names.join(' needs ')}`,
    fix: 'connect one of these inputs to another instance',
  });
}
