import type { TraceNode, Value } from '../trace/graph.ts';
import { isScalar, type Pattern, type Surroundings } from './pattern.ts';

/** `x / 2 * (1 + erf(x / sqrt(2)))` */
export const gelu: Pattern = {
  name: 'gelu',
  match(node, graph) {
    const halved = (value: Value) => operandOf(graph, value, 'Multiply', 0.5);
    const operands = graph.pair(node, 'Multiply', (value) => halved(value) !== undefined);
    if (operands === undefined) return undefined;
    const x = halved(operands[0])!;
    const shifted = operandOf(graph, operands[1], 'Add', 1);
    const erf = graph.producer(shifted, 'Erf');
    const scaled = erf && operandOf(graph, erf.inputs.x!, 'Multiply', Math.SQRT1_2);
    return scaled === x ? { ...node, kernel: 'Gelu', inputs: { x } } : undefined;
  },
};

/** `relu6(x + 3) / 6` */
export const hardSigmoid: Pattern = {
  name: 'hard sigmoid',
  match(node, graph) {
    const operands = graph.pair(node, 'Multiply', (value) => isScalar(value, 1 / 6));
    const clipped = operands && graph.producer(operands[1], 'Relu6');
    const x = clipped && operandOf(graph, clipped.inputs.x!, 'Add', 3);
    return x === undefined ? undefined : { ...node, kernel: 'HardSigmoid', inputs: { x } };
  },
};

/** `x * hardSigmoid(x)`, after {@link hardSigmoid} */
export const hardSwish: Pattern = {
  name: 'hard swish',
  match(node, graph) {
    const gate = (value: Value) => graph.producer(value, 'HardSigmoid')?.inputs.x;
    const operands = graph.pair(node, 'Multiply', (value) => gate(value) !== undefined);
    if (operands === undefined || gate(operands[0]) !== operands[1]) return undefined;
    return { ...node, kernel: 'HardSwish', inputs: { x: operands[1] } };
  },
};

/** The other operand of `kernel(x, number)`, if that made the value. */
function operandOf(graph: Surroundings, value: Value, kernel: string, number: number): Value | undefined {
  const node: TraceNode | undefined = graph.producer(value, kernel);
  return graph.pair(node, kernel, (operand) => isScalar(operand, number))?.[1];
}
