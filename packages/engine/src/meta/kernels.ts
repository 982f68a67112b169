import * as tf from '@tensorflow/tfjs-core';
import type { MetaBackend } from './backend.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
// biome-ignore lint/suspicious/noExplicitAny: every kernel has its own attributes
type Attributes = any;
/** Shape of a kernel's only output, whose type is that of the first input by default. */
type ShapeOf = (inputs: Inputs, attributes: Attributes, backend: MetaBackend) => readonly number[];

const first = (inputs: Inputs): tf.TensorInfo => Object.values(inputs)[0]!;
const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

const UNARY =
  'Abs Neg Square Sqrt Rsqrt Reciprocal Exp Log Erf Relu Relu6 Sigmoid Tanh Softmax LogSoftmax Identity ZerosLike ' +
  'OnesLike Elu LeakyRelu Reverse Softplus Floor Round Step ClipByValue Cast Sign Selu';
const BINARY = 'Add Sub Multiply RealDiv Maximum Minimum Pow SquaredDifference';
/** With two inputs and an output of truth values. */
const COMPARISONS = 'Greater GreaterEqual Less LessEqual Equal NotEqual LogicalAnd LogicalOr'.split(' ');
const REDUCTIONS = 'Sum Mean Max Min Prod All Any';

const broadcast: ShapeOf = ({ a, b }) => tf.broadcast_util.assertAndGetBroadcastShape(a!.shape, b!.shape);

const reduce: ShapeOf = (inputs, { axis, reductionIndices, keepDims }) => {
  const { shape } = first(inputs);
  const axes = tf.util.parseAxisParam(axis ?? reductionIndices, shape);
  if (keepDims === true) return shape.map((extent, i) => (axes.includes(i) ? 1 : extent));
  return shape.filter((_, i) => !axes.includes(i));
};

const pool: ShapeOf = (inputs, { filterSize, strides, pad, dimRoundingMode }) =>
  tf.backend_util.computePool2DInfo(
    first(inputs).shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  ).outShape;

function convolve(isDepthwise: boolean): ShapeOf {
  return ({ x, filter }, { strides, pad, dilations, dimRoundingMode }, backend) => {
    const weights = filter!.shape as [number, number, number, number];
    const { outShape } = tf.backend_util.computeConv2DInfo(
      x!.shape as [number, number, number, number],
      weights,
      strides,
      dilations,
      pad,
      dimRoundingMode,
      isDepthwise,
    );
    const taps = isDepthwise ? weights[0] * weights[1] : weights[0] * weights[1] * weights[2];
    backend.multiplyAdds += sizeOf(outShape) * taps;
    return outShape;
  };
}

const SHAPES: Readonly<Record<string, ShapeOf>> = {
  ...Object.fromEntries(UNARY.split(' ').map((name) => [name, (inputs: Inputs) => first(inputs).shape])),
  ...Object.fromEntries([...BINARY.split(' '), ...COMPARISONS].map((name) => [name, broadcast])),
  ...Object.fromEntries(REDUCTIONS.split(' ').map((name) => [name, reduce])),
  Conv2D: convolve(false),
  DepthwiseConv2dNative: convolve(true),
  MaxPool: pool,
  AvgPool: pool,
  BatchMatMul: ({ a, b }, { transposeA, transposeB }, backend) => {
    const [left, right] = [a!.shape, b!.shape];
    const rows = left.at(transposeA ? -1 : -2)!;
    const inner = left.at(transposeA ? -2 : -1)!;
    const columns = right.at(transposeB ? -2 : -1)!;
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(left.slice(0, -2), right.slice(0, -2));
    backend.multiplyAdds += sizeOf(batch) * rows * inner * columns;
    return [...batch, rows, columns];
  },
  Reshape: (inputs, { shape }) => tf.util.inferFromImplicitShape(shape, sizeOf(first(inputs).shape)),
  Transpose: (inputs, { perm }) => (perm as number[]).map((axis) => first(inputs).shape[axis]!),
  ExpandDims: (inputs, { dim }) => {
    const { shape } = first(inputs);
    const at = dim < 0 ? shape.length + 1 + dim : dim;
    return [...shape.slice(0, at), 1, ...shape.slice(at)];
  },
  Slice: (inputs, { begin, size }) =>
    tf.slice_util.parseSliceParams(first(inputs) as tf.Tensor, begin, size)[1]!,
  Concat: (inputs, { axis }) => {
    const shapes = Object.values(inputs).map(({ shape }) => shape);
    return tf.backend_util.computeOutShape(shapes, tf.util.parseAxisParam(axis, shapes[0]!)[0]!);
  },
  Pack: (inputs, { axis }) => {
    const { shape } = first(inputs);
    const at = axis < 0 ? shape.length + 1 + axis : axis;
    return [...shape.slice(0, at), Object.keys(inputs).length, ...shape.slice(at)];
  },
  Tile: (inputs, { reps }) => first(inputs).shape.map((extent, i) => extent * reps[i]!),
  PadV2: (inputs, { paddings }) =>
    first(inputs).shape.map((extent, i) => extent + paddings[i][0] + paddings[i][1]),
  MirrorPad: (inputs, { paddings }) =>
    first(inputs).shape.map((extent, i) => extent + paddings[i][0] + paddings[i][1]),
  GatherV2: ({ x, indices }, { axis }) => {
    const { shape } = x!;
    return [...shape.slice(0, axis), ...indices!.shape, ...shape.slice(axis + 1)];
  },
  Fill: (_inputs, { shape }) => shape,
  Select: ({ t }) => t!.shape,
  ResizeBilinear: (inputs, { size }) => {
    const { shape } = first(inputs);
    return [shape[0]!, size[0], size[1], shape[3]!];
  },
};

function typeOf(kernelName: string, operands: Inputs): tf.DataType {
  if (COMPARISONS.includes(kernelName)) return 'bool';
  // The first input of a selection is its condition.
  return (kernelName === 'Select' ? operands.t : first(operands))?.dtype ?? 'float32';
}

function tellReads({ onRead }: MetaBackend, operands: Inputs): void {
  if (onRead !== undefined) for (const { dataId } of Object.values(operands)) onRead(dataId);
}

/** Registers shape functions for the kernels that networks use. */
export function registerMetaKernels(backendName: string): void {
  for (const [kernelName, shapeOf] of Object.entries(SHAPES)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const operands = inputs as Inputs;
        const meta = backend as MetaBackend;
        tellReads(meta, operands);
        const shape = shapeOf(operands, attrs, meta);
        return meta.output(shape, (attrs?.dtype as tf.DataType | undefined) ?? typeOf(kernelName, operands));
      },
    });
  }
  for (const kernelName of ['SplitV', 'Unpack']) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        tellReads(backend as MetaBackend, inputs as Inputs);
        const { shape, dtype } = first(inputs as Inputs);
        const { axis, numOrSizeSplits } = attrs as Attributes;
        const at = tf.util.parseAxisParam(axis, shape)[0]!;
        const shapes =
          kernelName === 'Unpack'
            ? Array.from({ length: shape[at]! }, () => shape.filter((_, i) => i !== at))
            : (tf.backend_util.prepareSplitSize({ shape } as tf.Tensor, numOrSizeSplits, at) as number[]).map(
                (size) => shape.map((extent, i) => (i === at ? size : extent)),
              );
        return shapes.map((output) => (backend as MetaBackend).output(output, dtype));
      },
    });
  }
}
