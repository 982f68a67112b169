import type { Margins } from '../kernels/windows.ts';
import type { Constant, TraceNode, Value } from '../trace/graph.ts';
import { isVectorFor, type Pattern, type Surroundings } from './pattern.ts';

/** Split by channels, a convolution of each part, concatenated: one convolution with groups */
export const groupedConvolution: Pattern = {
  name: 'convolution with groups',
  match(node, graph) {
    if (node.kernel !== 'Concat' || node.attributes.axis !== 3) return undefined;
    const parts = Object.values(node.inputs).map((value) => graph.producer(value, 'Conv2D'));
    const first = parts[0];
    const split = graph.producer(first?.inputs.x, 'SplitV');
    if (first === undefined || split === undefined || split.outputs.length !== parts.length) return undefined;
    const filters = parts.flatMap((part, i) => {
      const fits =
        part?.inputs.x === split.outputs[i] &&
        String(part?.inputs.filter?.shape) === String(first.inputs.filter!.shape);
      const constant = part?.inputs.filter?.constant;
      return fits && constant !== undefined ? [constant] : [];
    });
    if (split.attributes.axis !== 3 || filters.length !== parts.length) return undefined;
    const filter = concatenated(filters);
    const value: Value = { shape: filter.shape, dtype: 'float32', constant: filter };
    return {
      kernel: 'Conv2D',
      inputs: { x: Object.values(split.inputs)[0]!, filter: value },
      attributes: { ...first.attributes, groups: filters.length },
      outputs: node.outputs,
    };
  },
};

/** Filters `[kh,kw,I,O]`, joined along O. */
function concatenated(filters: readonly Constant[]): Constant {
  const [kh, kw, inputs, outputs] = filters[0]!.shape as [number, number, number, number];
  const shape = [kh, kw, inputs, outputs * filters.length];
  const read = (): Float32Array => {
    const joined = new Float32Array(kh * kw * inputs * outputs * filters.length);
    for (const [group, filter] of filters.entries()) {
      const values = filter.read();
      for (let row = 0; row < kh * kw * inputs; row++) {
        const part = values.subarray(row * outputs, (row + 1) * outputs);
        joined.set(part, (row * filters.length + group) * outputs);
      }
    }
    return joined;
  };
  return { shape, read, source: {}, name: undefined, repeated: undefined };
}

/** Padding before a convolution or a pooling without any */
export const paddedWindow: Pattern = {
  name: 'padded window',
  match(node, graph) {
    const border = { Conv2D: 0, DepthwiseConv2dNative: 0, AvgPool: 0, MaxPool: LOWEST }[node.kernel];
    const { pad, dimRoundingMode } = node.attributes;
    if (border === undefined || pad !== 'valid' || dimRoundingMode === 'ceil') return undefined;
    const padded = graph.producer(node.inputs.x, 'PadV2');
    if (padded === undefined || Number(padded.attributes.constantValue) > border) return undefined;
    if (border === 0 && padded.attributes.constantValue !== 0) return undefined;
    const [images, rows, columns, channels] = padded.attributes.paddings as [number, number][];
    if ([...images!, ...channels!].some((margin) => margin !== 0)) return undefined;
    const margins: Margins = [rows!, columns!];
    if (node.kernel.endsWith('Pool') && !isSmaller(margins, node)) return undefined;
    return {
      ...node,
      inputs: { ...node.inputs, x: Object.values(padded.inputs)[0]! },
      attributes: { ...node.attributes, margins },
    };
  },
};

/** At most this counts as minus infinity. */
const LOWEST = -1e38;

/** ONNX wants the margins of a pooling to be smaller than its window. */
function isSmaller([rows, columns]: Margins, { attributes: { filterSize } }: TraceNode): boolean {
  const [height, width] = (typeof filterSize === 'number' ? [filterSize, filterSize] : filterSize) as [
    number,
    number,
  ];
  return rows.every((margin) => margin < height) && columns.every((margin) => margin < width);
}

/** A bias after a convolution */
export const convolutionBias: Pattern = {
  name: 'bias of a convolution',
  match(node, graph) {
    const operands = graph.pair(node, 'Add', (value) => isVectorFor(value, node.outputs[0]!));
    if (operands === undefined) return undefined;
    const [bias, sum] = operands;
    const convolution = convolutionOf(graph, sum);
    if (convolution === undefined || convolution.inputs.bias !== undefined || graph.uses(sum) > 1)
      return undefined;
    return { ...convolution, inputs: { ...convolution.inputs, bias }, outputs: node.outputs };
  },
};

function convolutionOf(graph: Surroundings, value: Value): TraceNode | undefined {
  return graph.producer(value, 'Conv2D') ?? graph.producer(value, 'DepthwiseConv2dNative');
}
