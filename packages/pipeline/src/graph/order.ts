import { PodiumError } from '@podium/core';
import type { Node } from './graph.ts';

/** The names of the instances whose outputs a node reads, each once. */
export function dependencies(node: Node): string[] {
  const references = Object.values(node.inputs).flat();
  return [...new Set(references.flatMap((reference) => ('from' in reference ? [reference.from] : [])))];
}

/**
 * Each node after those it depends on; otherwise in the order given, so that the order says nothing about timing.
 * @throws PodiumError `graph-cycle` naming the cycle.
 */
export function inOrder(nodes: readonly Node[]): Node[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const done = new Set<string>();
  const result: Node[] = [];
  // A stack of its own: a chain of thousands of instances is no reason to run out of the engine's.
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
    message: `the graph runs in a circle: ${names.join(' needs ')}`,
    fix: 'take one of these inputs from somewhere else',
  });
}
