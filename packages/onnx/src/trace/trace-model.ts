import { fail, PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Constant, Extent, Trace, TraceNode, Value } from './graph.ts';
import { type Operand, type Recorded, type Recording, record, type Unknown } from './recorder.ts';

/** Two batch sizes that are compared, to see what depends on the batch. */
const BATCHES = [2, 3] as const;

/** Options of {@link traceModel}. */
export interface TraceOptions {
  /** `[H,W,C]` */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** Number of images, if only one number is wanted. */
  readonly batch?: number | undefined;
  /** Path of a parameter. */
  readonly nameOf: (parameter: tf.Tensor) => string | undefined;
}

/** A trace and the memory of its constants. */
export interface OwnedTrace {
  readonly trace: Trace;
  dispose(): void;
}

/**
 * Runs a network on shapes and returns what it computes from its images, `[B,H,W,C] -> ...`. It is run for two batch sizes:
 * extents that differ are multiples of the batch.
 *
 * @throws PodiumError `onnx-control-flow` if the two differ in more than that
 */
export function traceModel(forward: (images: tf.Tensor4D) => tf.Tensor, options: TraceOptions): OwnedTrace {
  const { imageShape, batch, nameOf } = options;
  const run = (images: number) => record((x) => forward(x as tf.Tensor4D), [images, ...imageShape]);
  const first = run(batch ?? BATCHES[0]);
  let second = first;
  try {
    if (batch === undefined) second = run(BATCHES[1]);
    return { trace: merge(first, second, nameOf), dispose };
  } catch (error) {
    dispose();
    throw error;
  }

  function dispose(): void {
    first.dispose();
    if (second !== first) second.dispose();
  }
}

function merge(first: Recording, second: Recording, nameOf: TraceOptions['nameOf']): Trace {
  if (first.kernels.length !== second.kernels.length) throw differs('the network');
  const values = new Map<Operand, Value>();
  const twins = new Map<Operand, Operand>();
  const define = (a: Unknown, b: Unknown, what: string): Value => {
    const value: Value = { shape: mergeShapes(a.shape, b.shape, what), dtype: a.dtype, constant: undefined };
    values.set(a, value);
    twins.set(a, b);
    return value;
  };
  const read = (a: Operand, b: Operand, what: string): Value => {
    const known = values.get(a);
    if (known !== undefined) {
      if (twins.get(a) !== b) throw differs(what);
      return known;
    }
    if (!(a instanceof tf.Tensor) || !(b instanceof tf.Tensor)) throw differs(what);
    const value = constantValue(a, b, nameOf, what);
    values.set(a, value);
    twins.set(a, b);
    return value;
  };
  const input = define(first.input, second.input, 'the images');
  const nodes = first.kernels.map((node, i) => mergeNodes(node, second.kernels[i]!, read, define));
  if (first.output instanceof tf.Tensor) throw new PodiumError(NO_INPUT);
  return { input, output: values.get(first.output) ?? fail(NO_INPUT), nodes };
}

const NO_INPUT = {
  code: 'onnx-constant',
  message: 'the output of the network does not depend on its images',
};

function mergeNodes(
  a: Recorded,
  b: Recorded,
  read: (a: Operand, b: Operand, what: string) => Value,
  define: (a: Unknown, b: Unknown, what: string) => Value,
): TraceNode {
  const names = Object.keys(a.inputs);
  if (a.kernel !== b.kernel || String(names) !== String(Object.keys(b.inputs))) throw differs(a.kernel);
  return {
    kernel: a.kernel,
    inputs: Object.fromEntries(names.map((name) => [name, read(a.inputs[name]!, b.inputs[name]!, a.kernel)])),
    attributes: mergeAttributes(a.attributes, b.attributes, a.kernel) as Readonly<Record<string, unknown>>,
    outputs: a.outputs.map((output, i) =>
      define(output, b.outputs[i] ?? fail(differs(a.kernel).problem), a.kernel),
    ),
  };
}

/** Numbers that differ become multiples of the batch. */
function mergeAttributes(a: unknown, b: unknown, what: string): unknown {
  if (typeof a === 'number' && typeof b === 'number') return Object.is(a, b) ? a : mergeExtents(a, b, what);
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.map((item, i) => mergeAttributes(item, b[i], what));
  }
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null && !Array.isArray(a)) {
    return Object.fromEntries(
      Object.keys(a).map((key) => [
        key,
        mergeAttributes((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], what),
      ]),
    );
  }
  if (a !== b) throw differs(what);
  return a;
}

function mergeShapes(a: readonly number[], b: readonly number[], what: string): Extent[] {
  if (a.length !== b.length) throw differs(what);
  return a.map((extent, i) => mergeExtents(extent, b[i]!, what));
}

function mergeExtents(a: number, b: number, what: string): Extent {
  if (a === b) return a;
  const perImage = b - a;
  if (a !== BATCHES[0] * perImage) throw differs(what);
  return { perImage };
}

function constantValue(a: tf.Tensor, b: tf.Tensor, nameOf: TraceOptions['nameOf'], what: string): Value {
  const shape = mergeShapes(a.shape, b.shape, what);
  const axes = shape.flatMap((extent, axis) => (typeof extent === 'number' ? [] : [axis]));
  const repeated = axes[0];
  if (repeated === undefined) {
    if (a.dataId !== b.dataId && !sameValues(a, b)) throw differs(what);
    return { shape, dtype: a.dtype, constant: constantOf(a, a.shape, nameOf(a), undefined) };
  }
  const perImage = (shape[repeated] as { perImage: number }).perImage;
  const one = tf.tidy(() =>
    tf.slice(
      a,
      a.shape.map(() => 0),
      a.shape.map((extent, axis) => (axis === repeated ? perImage : extent)),
    ),
  );
  const repeats = tf.tidy(() =>
    sameValues(
      tf.tile(
        one,
        a.shape.map((_, axis) => (axis === repeated ? BATCHES[0] : 1)),
      ),
      a,
    ),
  );
  const read = one.dataSync() as Float32Array;
  one.dispose();
  if (axes.length > 1 || !repeats) throw differs(what);
  const constant: Constant = {
    shape: one.shape,
    read: () => read,
    source: a.dataId,
    name: undefined,
    repeated,
  };
  return { shape, dtype: a.dtype, constant };
}

function constantOf(
  tensor: tf.Tensor,
  shape: readonly number[],
  name: string | undefined,
  repeated: number | undefined,
): Constant {
  return { shape, read: () => tensor.dataSync() as Float32Array, source: tensor.dataId, name, repeated };
}

function sameValues(a: tf.Tensor, b: tf.Tensor): boolean {
  const values = a.dataSync();
  const others = b.dataSync();
  return values.length === others.length && values.every((value, i) => Object.is(value, others[i]));
}

function differs(what: string): PodiumError {
  return new PodiumError({
    code: 'onnx-control-flow',
    message: `${what} computes something else for another number of images`,
    fix: 'export it for one batch size: { batch: 1 }',
  });
}
