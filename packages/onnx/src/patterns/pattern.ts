import type { Trace, TraceNode, Value } from '../trace/graph.ts';

/** Puts one kernel in the place of several. */
export interface Pattern {
  readonly name: string;
  /** The kernel to replace `node` by, with the same outputs, if it is the last kernel of the pattern. */
  match(node: TraceNode, graph: Surroundings): TraceNode | undefined;
}

/** Looks around in a trace. */
export class Surroundings {
  readonly #producers = new Map<Value, TraceNode>();
  readonly #uses = new Map<Value, number>();

  constructor({ nodes, output }: Trace) {
    this.#uses.set(output, 1);
    for (const node of nodes) {
      for (const value of node.outputs) this.#producers.set(value, node);
      for (const value of Object.values(node.inputs)) this.#uses.set(value, this.uses(value) + 1);
    }
  }

  /** The kernel that makes a value, if it has this name. */
  producer(value: Value | undefined, kernel: string): TraceNode | undefined {
    const node = value === undefined ? undefined : this.#producers.get(value);
    return node?.kernel === kernel ? node : undefined;
  }

  /** Number of kernels that read a value. */
  uses(value: Value): number {
    return this.#uses.get(value) ?? 0;
  }

  /** For `kernel(a, b)` where the order does not matter: the operands such that `isFirst` holds for the first. */
  pair(
    node: TraceNode | undefined,
    kernel: string,
    isFirst: (value: Value) => boolean,
  ): readonly [Value, Value] | undefined {
    if (node?.kernel !== kernel) return undefined;
    const { a, b } = node.inputs as { a: Value; b: Value };
    if (isFirst(a)) return [a, b];
    return isFirst(b) ? [b, a] : undefined;
  }
}

/** The value of a constant with one entry. */
export function scalarOf({ constant }: Value): number | undefined {
  if (constant === undefined || constant.repeated !== undefined) return undefined;
  return constant.shape.every((extent) => extent === 1) ? Number(constant.read()[0]) : undefined;
}

/** Whether a value is a constant scalar, up to the precision of float32. */
export function isScalar(value: Value, expected: number): boolean {
  const scalar = scalarOf(value);
  return scalar !== undefined && Math.fround(scalar) === Math.fround(expected);
}

/** Whether a value is a constant vector with one entry per entry of the last axis of another. */
export function isVectorFor(value: Value, other: Value): boolean {
  return (
    value.constant !== undefined &&
    value.constant.repeated === undefined &&
    value.shape.length === 1 &&
    value.shape[0] === other.shape.at(-1)
  );
}

/** Applies patterns one after the other, and removes kernels that nothing reads any more. */
export function simplify(trace: Trace, patterns: readonly Pattern[]): Trace {
  let current = trace;
  for (const pattern of patterns) {
    const graph = new Surroundings(current);
    const nodes = current.nodes.map((node) => pattern.match(node, graph) ?? node);
    current = { ...current, nodes: withoutDead(nodes, current.output) };
  }
  return current;
}

function withoutDead(nodes: readonly TraceNode[], output: Value): TraceNode[] {
  const needed = new Set<Value>([output]);
  const kept: TraceNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value))) continue;
    kept.push(node);
    for (const value of Object.values(node.inputs)) needed.add(value);
  }
  return kept.reverse();
}
