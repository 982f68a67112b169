import type { Emitter } from '../graph/emitter.ts';
import type { Attributes } from '../graph/graph-builder.ts';
import type { TraceNode } from '../trace/graph.ts';
import { type Converter, defineConverters, firstInput } from './converter.ts';

type Build = (emitter: Emitter, inputs: readonly string[], node: TraceNode) => string;

/** Writes a kernel whose output has the layout of its inputs. */
function elementwise(build: Build): (node: TraceNode, emitter: Emitter) => void {
  return (node, emitter) => {
    const operands = Object.values(node.inputs);
    const layout = emitter.commonLayout(operands);
    const inputs = operands.map((operand) => emitter.read(operand, layout));
    emitter.define(node.outputs[0]!, build(emitter, inputs, node), layout);
  };
}

/** A kernel that is one node of ONNX with the same inputs. */
function same(type: string, attributes: Attributes = {}) {
  return elementwise(({ graph }, inputs) => graph.node(type, inputs, attributes));
}

function clip(low: number, high: number) {
  return elementwise(({ graph }, [x]) => graph.node('Clip', [x!, graph.scalar(low), graph.scalar(high)]));
}

/** Kernels that treat every number alone, or pairs of them with broadcasting. */
export const elementwiseKernels: Converter[] = defineConverters({
  Abs: same('Abs'),
  Add: same('Add'),
  Ceil: same('Ceil'),
  Elu: same('Elu'),
  Equal: same('Equal'),
  Erf: same('Erf'),
  Exp: same('Exp'),
  Floor: same('Floor'),
  Greater: same('Greater'),
  GreaterEqual: same('GreaterOrEqual'),
  Less: same('Less'),
  LessEqual: same('LessOrEqual'),
  Log: same('Log'),
  LogicalAnd: same('And'),
  LogicalOr: same('Or'),
  Maximum: same('Max'),
  Minimum: same('Min'),
  Multiply: same('Mul'),
  Neg: same('Neg'),
  Pow: same('Pow'),
  RealDiv: same('Div'),
  Reciprocal: same('Reciprocal'),
  Relu: same('Relu'),
  Relu6: clip(0, 6),
  Round: same('Round'),
  Selu: same('Selu'),
  Sigmoid: same('Sigmoid'),
  Sign: same('Sign'),
  Softplus: same('Softplus'),
  Sqrt: same('Sqrt'),
  Sub: same('Sub'),
  Tanh: same('Tanh'),
  NotEqual: elementwise(({ graph }, inputs) => graph.node('Not', [graph.node('Equal', inputs)])),
  Rsqrt: elementwise(({ graph }, [x]) => graph.node('Reciprocal', [graph.node('Sqrt', [x!])])),
  Square: elementwise(({ graph }, [x]) => graph.node('Mul', [x!, x!])),
  SquaredDifference: elementwise(({ graph }, inputs) => {
    const difference = graph.node('Sub', inputs);
    return graph.node('Mul', [difference, difference]);
  }),
  LeakyRelu: elementwise(({ graph }, [x], { attributes }) =>
    graph.node('LeakyRelu', [x!], { alpha: { float: attributes.alpha as number } }),
  ),
  ClipByValue: elementwise(({ graph }, [x], { attributes }) => {
    const { clipValueMin, clipValueMax } = attributes as { clipValueMin: number; clipValueMax: number };
    return graph.node('Clip', [x!, graph.scalar(clipValueMin), graph.scalar(clipValueMax)]);
  }),
  Select: elementwise(({ graph }, inputs) => graph.node('Where', inputs)),
  // Of patterns.
  HardSigmoid: same('HardSigmoid', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  HardSwish: same('HardSwish'),
  Gelu: elementwise(({ graph }, [x]) => {
    if (graph.opset >= 20) return graph.node('Gelu', [x!]);
    // The form that ONNX Runtime recognizes and computes in one pass.
    const erf = graph.node('Erf', [graph.node('Div', [x!, graph.scalar(Math.SQRT2)])]);
    const product = graph.node('Mul', [x!, graph.node('Add', [erf, graph.scalar(1)])]);
    return graph.node('Mul', [product, graph.scalar(0.5)]);
  }),
  Cast: (node, emitter) => {
    const input = firstInput(node);
    const layout = emitter.commonLayout([input]);
    // TensorFlow.js's types as ONNX's numbers.
    const to = { float32: 1, int32: 6, bool: 9 }[node.attributes.dtype as string];
    if (to === undefined) throw new Error(`a cast to ${String(node.attributes.dtype)}`);
    const name = emitter.read(input, layout);
    emitter.define(node.outputs[0]!, emitter.graph.node('Cast', [name], { to }), layout);
  },
});
