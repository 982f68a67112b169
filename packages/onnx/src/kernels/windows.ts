import * as tf from '@tensorflow/tfjs-core';
import { type Emitter, permute } from '../graph/emitter.ts';
import type { Attributes } from '../graph/graph-builder.ts';
import { type Constant, fixedShape, type TraceNode, type Value } from '../trace/graph.ts';
import { type Converter, defineConverters } from './converter.ts';

type Four = [number, number, number, number];
/** `[[top, bottom], [left, right]]` */
export type Margins = readonly [readonly [number, number], readonly [number, number]];

/** Attributes of convolutions and pooling; `margins` were set by a pattern. */
interface WindowAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dilations: number | [number, number];
  readonly filterSize: number | [number, number];
  readonly dimRoundingMode?: 'floor';
  readonly margins?: Margins;
}

/** Kernels that slide a window over images. */
export const windowKernels: Converter[] = defineConverters({
  Conv2D: (node, emitter) => convolve(node, emitter, 'conv'),
  DepthwiseConv2dNative: (node, emitter) => convolve(node, emitter, 'depthwise'),
  AvgPool: (node, emitter) => pool(node, emitter, 'AveragePool', { count_include_pad: 1 }),
  MaxPool: (node, emitter) => pool(node, emitter, 'MaxPool', {}),
});

function convolve(node: TraceNode, emitter: Emitter, kind: 'conv' | 'depthwise'): void {
  const { x, filter, bias } = node.inputs as { x: Value; filter: Value; bias?: Value };
  const attributes = node.attributes as unknown as WindowAttributes;
  const { groups = 1 } = node.attributes as { groups?: number };
  const shape = fixedShape(filter.shape, 'a filter') as Four;
  const info = tf.backend_util.computeConv2DInfo(
    oneImage(x),
    shape,
    attributes.strides,
    attributes.dilations,
    attributes.pad,
    attributes.dimRoundingMode,
    kind === 'depthwise',
  );
  const inputs = [emitter.read(x, 'channelsFirst'), filterOf(filter, shape, emitter, kind)];
  if (bias !== undefined) inputs.push(emitter.read(bias));
  const output = emitter.graph.node('Conv', inputs, {
    kernel_shape: [shape[0], shape[1]],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    group: kind === 'depthwise' ? shape[2] : groups,
    pads: padsOf(info.padInfo, attributes.margins),
  });
  emitter.define(node.outputs[0]!, output, 'channelsFirst');
}

function oneImage({ shape }: Value): Four {
  return [1, ...fixedShape(shape.slice(1), 'an image')] as Four;
}

/** `[kh,kw,I,O] -> [O,I,kh,kw]`, depthwise `[kh,kw,C,m] -> [C*m,1,kh,kw]`. */
function filterOf({ constant }: Value, shape: Four, emitter: Emitter, kind: 'conv' | 'depthwise'): string {
  if (constant === undefined) throw new Error('a filter that depends on the images');
  return emitter.constant(constant, kind, () => filterData(constant, shape, kind));
}

function filterData(constant: Constant, shape: Four, kind: 'conv' | 'depthwise') {
  const values = Float32Array.from(constant.read());
  if (kind === 'conv') return permute(values, shape, [3, 2, 0, 1]);
  const { data } = permute(values, shape, [2, 3, 0, 1]);
  return { data, shape: [shape[2] * shape[3], 1, shape[0], shape[1]] };
}

function pool(node: TraceNode, emitter: Emitter, type: string, extra: Attributes): void {
  const x = node.inputs.x as Value;
  const attributes = node.attributes as unknown as WindowAttributes;
  const info = tf.backend_util.computePool2DInfo(
    oneImage(x),
    attributes.filterSize,
    attributes.strides,
    1,
    attributes.pad,
    attributes.dimRoundingMode,
  );
  const output = emitter.graph.node(type, [emitter.read(x, 'channelsFirst')], {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: padsOf(info.padInfo, attributes.margins),
    // TensorFlow's own padding does not count in a mean, and patterns add margins only where there is none.
    ...(attributes.pad === 'valid' ? extra : {}),
  });
  emitter.define(node.outputs[0]!, output, 'channelsFirst');
}

function padsOf(
  { top, left, bottom, right }: { top: number; left: number; bottom: number; right: number },
  [rows, columns]: Margins = [
    [0, 0],
    [0, 0],
  ],
): number[] {
  return [top + rows[0], left + columns[0], bottom + rows[1], right + columns[1]];
}
