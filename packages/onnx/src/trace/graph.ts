import { PodiumError } from '@podium/core';

/** A number, or a multiple of the number of images in the batch. */
export type Extent = number | { readonly perImage: number };

/** Values of a constant. */
export interface Constant {
  readonly shape: readonly number[];
  read(): Float32Array | Int32Array | Uint8Array;
  /** Two constants with the same source have the same values. */
  readonly source: object;
  /** Path of the parameter. */
  readonly name: string | undefined;
  /** The axis along which it is repeated for each image, if any. */
  readonly repeated: number | undefined;
}

/** A tensor of the network. */
export interface Value {
  readonly shape: readonly Extent[];
  readonly dtype: string;
  /** Undefined if it depends on the images. */
  readonly constant: Constant | undefined;
}

/** A kernel of TensorFlow.js, or one that a pattern has put in the place of several. */
export interface TraceNode {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Value[];
}

/** A network as kernels, in the order in which they run. */
export interface Trace {
  readonly input: Value;
  readonly output: Value;
  readonly nodes: readonly TraceNode[];
}

/** Number of values per image, or in total if no axis depends on the batch. */
export function sizeOf(shape: readonly Extent[]): number {
  return shape.reduce<number>(
    (size, extent) => size * (typeof extent === 'number' ? extent : extent.perImage),
    1,
  );
}

/** A shape that does not depend on the batch. @throws PodiumError `onnx-batch` if it does */
export function fixedShape(shape: readonly Extent[], what: string): number[] {
  return shape.map((extent) => fixed(extent, what));
}

/** A number that does not depend on the batch. @throws PodiumError `onnx-batch` if it does */
export function fixed(extent: Extent, what: string): number {
  if (typeof extent === 'number') return extent;
  throw new PodiumError({
    code: 'onnx-batch',
    message: `${what} depends on the number of images in a way that ONNX's node does not allow`,
    fix: 'export it for one batch size: { batch: 1 }',
  });
}

/** Whether two extents are equal for every batch. */
export function sameExtent(a: Extent, b: Extent): boolean {
  return typeof a === 'number' || typeof b === 'number' ? a === b : a.perImage === b.perImage;
}

/** Whether two shapes are equal for every batch. */
export function sameShape(a: readonly Extent[], b: readonly Extent[]): boolean {
  return a.length === b.length && a.every((extent, i) => sameExtent(extent, b[i]!));
}
