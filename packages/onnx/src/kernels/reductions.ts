import { axisIn, type Emitter, type Layout } from '../graph/emitter.ts';
import type { TraceNode } from '../trace/graph.ts';
import { axesOf, type Converter, defineConverters, firstInput } from './converter.ts';

/** Kernels that reduce axes, or normalize along one. */
export const reductionKernels: Converter[] = defineConverters({
  Max: (node, emitter) => reduce(node, emitter, 'ReduceMax'),
  Mean: (node, emitter) => reduce(node, emitter, 'ReduceMean'),
  Min: (node, emitter) => reduce(node, emitter, 'ReduceMin'),
  Prod: (node, emitter) => reduce(node, emitter, 'ReduceProd'),
  Sum: (node, emitter) => reduce(node, emitter, 'ReduceSum'),
  Softmax: (node, emitter) => alongLast(node, emitter, 'Softmax'),
  LogSoftmax: (node, emitter) => alongLast(node, emitter, 'LogSoftmax'),
  // Of a pattern.
  LayerNorm: (node, emitter) => {
    const { x, scale, offset } = node.inputs;
    const epsilon = { float: node.attributes.epsilon as number };
    const inputs = [emitter.read(x!), emitter.read(scale!), emitter.read(offset!)];
    const output = emitter.graph.node('LayerNormalization', inputs, { axis: -1, epsilon });
    emitter.define(node.outputs[0]!, output);
  },
});

function reduce(node: TraceNode, emitter: Emitter, type: string): void {
  const input = firstInput(node);
  const rank = input.shape.length;
  const {
    axis,
    reductionIndices,
    keepDims = false,
  } = node.attributes as {
    axis?: unknown;
    reductionIndices?: unknown;
    keepDims?: boolean;
  };
  const axes = axesOf(axis ?? reductionIndices, rank);
  // Without the reduced axes, the rest must be in the same order in both layouts.
  const keepsOrder = keepDims || axes.includes(3) || (axes.includes(1) && axes.includes(2));
  const layout: Layout = keepsOrder ? emitter.commonLayout([input]) : 'plain';
  const mapped = axes.map((entry) => axisIn(layout, entry)).sort((a, b) => a - b);
  const output = emitter.graph.reduce(type, emitter.read(input, layout), mapped, keepDims);
  emitter.define(node.outputs[0]!, output, keepDims ? layout : 'plain');
}

function alongLast(node: TraceNode, emitter: Emitter, type: string): void {
  const input = firstInput(node);
  const { dim = -1 } = node.attributes as { dim?: number };
  const layout = emitter.commonLayout([input]);
  const axis = axisIn(layout, axesOf(dim, input.shape.length)[0]!);
  emitter.define(node.outputs[0]!, emitter.graph.node(type, [emitter.read(input, layout)], { axis }), layout);
}
