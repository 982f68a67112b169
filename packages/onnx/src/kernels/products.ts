import { type Emitter, permute } from '../graph/emitter.ts';
import { fixedShape, type Value } from '../trace/graph.ts';
import { type Converter, defineConverters } from './converter.ts';

/** Matrix products. */
export const productKernels: Converter[] = defineConverters({
  BatchMatMul: (node, emitter) => {
    const { a, b } = node.inputs as { a: Value; b: Value };
    const { transposeA, transposeB } = node.attributes as { transposeA: boolean; transposeB: boolean };
    const operands = [matrix(a, transposeA, emitter), matrix(b, transposeB, emitter)];
    emitter.define(node.outputs[0]!, emitter.graph.node('MatMul', operands));
  },
  // Of a pattern: [...,C] x [C,K] + [K].
  Linear: (node, emitter) => {
    const { x, weight, bias } = node.inputs as { x: Value; weight: Value; bias?: Value };
    const { graph } = emitter;
    const operands = [emitter.read(x), matrix(weight, node.attributes.transposeB as boolean, emitter)];
    const product = graph.node('MatMul', operands);
    emitter.define(
      node.outputs[0]!,
      bias === undefined ? product : graph.node('Add', [product, emitter.read(bias)]),
    );
  },
});

/** A tensor with its last two axes swapped, if they are to be. */
function matrix(value: Value, transposed: boolean, emitter: Emitter): string {
  if (!transposed) return emitter.read(value);
  const rank = value.shape.length;
  const perm = Array.from({ length: rank }, (_, i) => i);
  perm.push(...perm.splice(-2).reverse());
  const { constant } = value;
  if (constant === undefined || constant.repeated !== undefined) {
    return emitter.graph.node('Transpose', [emitter.read(value)], { perm });
  }
  const shape = fixedShape(value.shape, 'a matrix');
  return emitter.constant(constant, 'transposed', () =>
    permute(Float32Array.from(constant.read()), shape, perm),
  );
}
