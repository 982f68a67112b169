import type { Emitter } from '../graph/emitter.ts';
import type { TraceNode } from '../trace/graph.ts';
import { type Converter, defineConverters, firstInput } from './converter.ts';

/** Kernels that only change the shape, or the order of axes. */
export const shapeKernels: Converter[] = defineConverters({
  Reshape: reshape,
  ExpandDims: reshape,
  Transpose: (node, emitter) => {
    const input = firstInput(node);
    const output = node.outputs[0]!;
    const perm = node.attributes.perm as number[];
    const isFrom = (order: readonly number[]) => String(perm) === String(order);
    const { graph } = emitter;
    if (perm.every((axis, i) => axis === i)) return emitter.define(output, () => emitter.read(input));
    if (perm.length !== 4 || emitter.has(input, 'plain')) {
      return emitter.define(output, graph.node('Transpose', [emitter.read(input)], { perm }));
    }
    const name = emitter.read(input, 'channelsFirst');
    if (isFrom([0, 3, 1, 2])) return emitter.define(output, name);
    // Axis i of [B,H,W,C] is axis AT[i] of [B,C,H,W].
    const at = [0, 2, 3, 1];
    const composed = perm.map((axis) => at[axis]!);
    return emitter.define(output, graph.node('Transpose', [name], { perm: composed }));
  },
});

function reshape(node: TraceNode, emitter: Emitter): void {
  const input = firstInput(node);
  const output = node.outputs[0]!;
  const [, height, width] = input.shape;
  const isVector = input.shape.length === 4 && height === 1 && width === 1;
  // Both layouts of [B,1,1,C] hold the same numbers in the same order.
  const layout = isVector && !emitter.has(input, 'plain') ? 'channelsFirst' : 'plain';
  const from = layout === 'plain' ? input.shape : [0, 3, 1, 2].map((axis) => input.shape[axis]!);
  const name = emitter.read(input, layout);
  emitter.define(output, () => emitter.reshape(name, from, output.shape));
  if (output.shape.length === 4 && output.shape[1] === 1 && output.shape[2] === 1) {
    const shape = [0, 3, 1, 2].map((axis) => output.shape[axis]!);
    emitter.define(output, () => emitter.reshape(name, from, shape), 'channelsFirst');
  }
}
