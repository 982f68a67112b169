import type { Emitter } from '../graph/emitter.ts';
import type { TraceNode, Value } from '../trace/graph.ts';

/** Writes one kernel as nodes of ONNX. */
export interface Converter {
  /** The kernel's name in TensorFlow.js, or the name that a pattern gives. */
  readonly name: string;
  convert(node: TraceNode, emitter: Emitter): void;
}

/** Several kernels of one file. */
export function defineConverters(
  converters: Readonly<Record<string, (node: TraceNode, emitter: Emitter) => void>>,
): Converter[] {
  return Object.entries(converters).map(([name, convert]) => ({ name, convert }));
}

/** The only, or first, input of a kernel. */
export function firstInput(node: TraceNode): Value {
  return Object.values(node.inputs)[0]!;
}

/** A list of axes as TensorFlow.js writes it: a number, a list, or nothing for all axes; negative ones count from the end. */
export function axesOf(axis: unknown, rank: number): number[] {
  const listed =
    axis === undefined || axis === null ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return (listed as number[]).map((entry) => (entry < 0 ? entry + rank : entry));
}
