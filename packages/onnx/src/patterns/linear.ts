import { sameShape, type Value } from '../trace/graph.ts';
import { isVectorFor, type Pattern } from './pattern.ts';

/** `[...,C]` flattened to a matrix, multiplied, shifted, and in its own shape again: a product over the last axis */
export const linear: Pattern = {
  name: 'linear layer',
  match(node, graph) {
    if (node.kernel !== 'Reshape') return undefined;
    const rows = Object.values(node.inputs)[0]!;
    const shifted = graph.pair(graph.producer(rows, 'Add'), 'Add', (value) => isVectorFor(value, rows));
    const product = graph.producer(shifted?.[1] ?? rows, 'BatchMatMul');
    const { a, b: weight } = (product?.inputs ?? {}) as { a?: Value; b?: Value };
    const flattened = graph.producer(a, 'Reshape');
    if (product === undefined || flattened === undefined || weight?.constant === undefined) return undefined;
    const x = Object.values(flattened.inputs)[0]!;
    const output = node.outputs[0]!;
    const fits =
      weight.shape.length === 2 &&
      product.attributes.transposeA === false &&
      a!.shape.at(-1) === x.shape.at(-1) &&
      output.shape.at(-1) === rows.shape.at(-1) &&
      sameShape(x.shape.slice(0, -1), output.shape.slice(0, -1)) &&
      graph.uses(rows) === 1 &&
      graph.uses(product.outputs[0]!) === 1;
    if (!fits) return undefined;
    return {
      kernel: 'Linear',
      inputs: { x, weight, ...(shifted !== undefined && { bias: shifted[0] }) },
      attributes: { transposeB: product.attributes.transposeB },
      outputs: node.outputs,
    };
  },
};
