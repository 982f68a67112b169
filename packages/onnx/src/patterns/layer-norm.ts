import type { Value } from '../trace/graph.ts';
import { isVectorFor, type Pattern, type Surroundings, scalarOf } from './pattern.ts';

/** `(x - mean) * rsqrt(mean((x - mean)^2) + epsilon) * scale + offset`, over the last axis */
export const layerNorm: Pattern = {
  name: 'layer norm',
  match(node, graph) {
    const output = node.outputs[0]!;
    const outer = graph.pair(node, 'Add', (value) => isVectorFor(value, output));
    if (outer === undefined) return undefined;
    const [offset, scaled] = outer;
    const inner = graph.pair(graph.producer(scaled, 'Multiply'), 'Multiply', (value) =>
      isVectorFor(value, output),
    );
    const normalized = inner && graph.producer(inner[1], 'Multiply');
    const factors = graph.pair(
      normalized,
      'Multiply',
      (value) => graph.producer(value, 'Rsqrt') !== undefined,
    );
    if (factors === undefined) return undefined;
    const [inverse, centered] = factors;
    const x = centeredOf(graph, centered);
    const epsilon = epsilonOf(graph, graph.producer(inverse, 'Rsqrt')!.inputs.x!, centered);
    if (x === undefined || epsilon === undefined) return undefined;
    const inputs = { x, scale: inner![0], offset };
    return { kernel: 'LayerNorm', inputs, attributes: { epsilon }, outputs: node.outputs };
  },
};

/** x of `x - mean(x)` */
function centeredOf(graph: Surroundings, value: Value): Value | undefined {
  const difference = graph.producer(value, 'Sub');
  const x = difference?.inputs.a;
  return x !== undefined && lastMeanOf(graph, difference!.inputs.b!) === x ? x : undefined;
}

/** epsilon of `mean(centered^2) + epsilon` */
function epsilonOf(graph: Surroundings, value: Value, centered: Value): number | undefined {
  const sum = graph.producer(value, 'Add');
  const operands = graph.pair(sum, 'Add', (operand) => scalarOf(operand) !== undefined);
  const square = operands && graph.producer(lastMeanOf(graph, operands[1]), 'Square');
  return square?.inputs.x === centered ? scalarOf(operands![0]) : undefined;
}

/** x of `mean(x, -1, true)` */
function lastMeanOf(graph: Surroundings, value: Value): Value | undefined {
  const mean = graph.producer(value, 'Mean');
  if (mean === undefined) return undefined;
  const x = Object.values(mean.inputs)[0]!;
  const axes = [mean.attributes.axis].flat();
  const isLast = axes.length === 1 && (axes[0] === -1 || axes[0] === x.shape.length - 1);
  return isLast && mean.attributes.keepDims === true ? x : undefined;
}
