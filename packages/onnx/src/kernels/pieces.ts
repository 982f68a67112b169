import { axisIn, type Emitter } from '../graph/emitter.ts';
import { type Extent, fixed, sameExtent, type TraceNode, type Value } from '../trace/graph.ts';
import { axesOf, type Converter, defineConverters, firstInput } from './converter.ts';

/** Kernels that cut tensors, join them and pick from them. */
export const pieceKernels: Converter[] = defineConverters({
  Concat: (node, emitter) => {
    const parts = Object.values(node.inputs);
    const layout = emitter.commonLayout(parts);
    const axis = axisIn(layout, axesOf(node.attributes.axis, parts[0]!.shape.length)[0]!);
    const names = parts.map((part) => emitter.read(part, layout));
    emitter.define(node.outputs[0]!, emitter.graph.node('Concat', names, { axis }), layout);
  },
  Pack: (node, emitter) => {
    const parts = Object.values(node.inputs);
    const { graph } = emitter;
    const axis = axesOf(node.attributes.axis, parts[0]!.shape.length + 1)[0]!;
    const axes = graph.integers([axis]);
    const names = parts.map((part) => graph.node('Unsqueeze', [emitter.read(part), axes]));
    emitter.define(node.outputs[0]!, graph.node('Concat', names, { axis }));
  },
  Slice: (node, emitter) => {
    const input = firstInput(node);
    const output = node.outputs[0]!;
    const { begin } = node.attributes as { begin: number | readonly Extent[] };
    const starts = typeof begin === 'number' ? [begin] : begin;
    const cut = input.shape.flatMap((extent, axis) => {
      const start = starts[axis] ?? 0;
      return start === 0 && sameExtent(extent, output.shape[axis]!) ? [] : [axis];
    });
    const layout = emitter.commonLayout([input]);
    const name = emitter.read(input, layout);
    if (cut.length === 0) return emitter.define(output, name, layout);
    const from = cut.map((axis) => fixed(starts[axis] ?? 0, 'a slice'));
    const to = cut.map((axis, i) => from[i]! + fixed(output.shape[axis]!, 'a slice'));
    const { graph } = emitter;
    const lists = [from, to, cut.map((axis) => axisIn(layout, axis))].map((list) => graph.integers(list));
    emitter.define(output, graph.node('Slice', [name, ...lists]), layout);
  },
  SplitV: (node, emitter) => {
    const input = firstInput(node);
    const at = axesOf(node.attributes.axis, input.shape.length)[0]!;
    const layout = emitter.commonLayout([input]);
    const { graph } = emitter;
    const sizes = node.outputs.map(({ shape }) => fixed(shape[at]!, 'a part'));
    const inputs = [emitter.read(input, layout), graph.integers(sizes)];
    const names = graph.nodeWithOutputs('Split', inputs, sizes.length, { axis: axisIn(layout, at) });
    for (const [i, output] of node.outputs.entries()) emitter.define(output, names[i]!, layout);
  },
  Unpack: (node, emitter) => {
    const input = firstInput(node);
    const axis = axesOf(node.attributes.axis, input.shape.length)[0]!;
    const { graph } = emitter;
    const sizes = graph.integers(node.outputs.map(() => 1));
    const names = graph.nodeWithOutputs('Split', [emitter.read(input), sizes], node.outputs.length, { axis });
    const axes = graph.integers([axis]);
    for (const [i, output] of node.outputs.entries()) {
      emitter.define(output, graph.node('Squeeze', [names[i]!, axes]));
    }
  },
  Tile: (node, emitter) => {
    const input = firstInput(node);
    const reps = node.attributes.reps as readonly Extent[];
    const repeats = emitter.extents(reps);
    emitter.define(node.outputs[0]!, emitter.graph.node('Tile', [emitter.read(input), repeats]));
  },
  GatherV2: (node, emitter) => {
    const { x, indices } = node.inputs as { x: Value; indices: Value };
    const { axis = 0, batchDims = 0 } = node.attributes as { axis?: number; batchDims?: number };
    if (batchDims !== 0) throw new Error('a gather with batch axes');
    const inputs = [emitter.read(x), emitter.read(indices)];
    const at = axesOf(axis, x.shape.length)[0]!;
    emitter.define(node.outputs[0]!, emitter.graph.node('Gather', inputs, { axis: at }));
  },
  PadV2: (node, emitter) => pad(node, emitter, 'constant'),
  MirrorPad: (node, emitter) => pad(node, emitter, node.attributes.mode === 'reflect' ? 'reflect' : 'edge'),
  Reverse: (node, emitter) => {
    const input = firstInput(node);
    const { graph } = emitter;
    const axes = axesOf(node.attributes.dims, input.shape.length);
    // From the last entry to before the first one, backward.
    const lists = [axes.map(() => -1), axes.map(() => -(2 ** 31)), axes, axes.map(() => -1)];
    const inputs = [emitter.read(input), ...lists.map((list) => graph.integers(list))];
    emitter.define(node.outputs[0]!, graph.node('Slice', inputs));
  },
});

function pad(node: TraceNode, emitter: Emitter, mode: string): void {
  const input = firstInput(node);
  const { paddings, constantValue = 0 } = node.attributes as {
    paddings: readonly (readonly [number, number])[];
    constantValue?: number;
  };
  if (mode === 'edge') throw new Error('padding that repeats the border twice');
  const layout = emitter.commonLayout([input]);
  const { graph } = emitter;
  const order = paddings.map((_, axis) => axis);
  const sides = [0, 1].flatMap((side) => {
    const list = order.map(() => 0);
    for (const axis of order) list[axisIn(layout, axis)] = paddings[axis]![side]!;
    return list;
  });
  const inputs = [emitter.read(input, layout), graph.integers(sides)];
  if (mode === 'constant') inputs.push(graph.scalar(constantValue));
  emitter.define(node.outputs[0]!, graph.node('Pad', inputs, { mode }), layout);
}
