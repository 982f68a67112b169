import { type Constant, type Extent, fixed, sizeOf, type Value } from '../trace/graph.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** `plain` is TensorFlow's order, `[B,H,W,C]`; `channelsFirst` is ONNX's, `[B,C,H,W]`, for tensors with four axes. */
export type Layout = 'plain' | 'channelsFirst';

/** Where each axis of `[B,H,W,C]` is in `[B,C,H,W]`. */
const AXIS_OF: readonly number[] = [0, 2, 3, 1];
const TO_CHANNELS_FIRST: readonly number[] = [0, 3, 1, 2];
const TO_PLAIN: readonly number[] = [0, 2, 3, 1];

type Source = string | (() => string);

/**
 * Turns values of a trace into tensors of a graph. A value is held in the layout that made it, and transposed when a node reads
 * it in the other one; nodes that accept both take the one that is there.
 */
export class Emitter {
  readonly graph: GraphBuilder;
  readonly #sources = new Map<Value, Partial<Record<Layout, Source>>>();
  readonly #constants = new Map<object, Map<string, string>>();
  readonly #batchSource: string;
  #batch: string | undefined;

  /** @param batchSource a tensor whose first axis is the batch */
  constructor(graph: GraphBuilder, batchSource: string) {
    this.graph = graph;
    this.#batchSource = batchSource;
  }

  /** Says which tensor of the graph holds a value; a function makes it when it is read. */
  define(value: Value, source: Source, layout: Layout = 'plain'): void {
    const sources = this.#sources.get(value) ?? {};
    sources[layout] = source;
    this.#sources.set(value, sources);
  }

  /** Whether a value is there in a layout without a transposition. */
  has(value: Value, layout: Layout): boolean {
    return this.#sources.get(value)?.[layout] !== undefined;
  }

  /** The tensor that holds a value. */
  read(value: Value, layout: Layout = 'plain'): string {
    if (value.constant !== undefined) return this.#readConstant(value, value.constant, layout);
    const sources = this.#sources.get(value);
    if (sources === undefined)
      throw new Error(`a tensor [${value.shape.length} axes] is read before it is made`);
    const source = sources[layout];
    if (source !== undefined) {
      const name = typeof source === 'string' ? source : source();
      sources[layout] = name;
      return name;
    }
    const other = this.read(value, layout === 'plain' ? 'channelsFirst' : 'plain');
    const name = this.#convert(value, other, layout);
    sources[layout] = name;
    return name;
  }

  /**
   * The layout in which a node reads its operands if it accepts both: that of the channels first if one of them is there only
   * like that. Operands of other ranks, unless they are constants, allow no choice.
   */
  commonLayout(operands: readonly Value[]): Layout {
    const unknown = operands.filter(({ constant }) => constant === undefined);
    if (unknown.some(({ shape }) => shape.length !== 4)) return 'plain';
    const fits = operands.every(
      ({ shape, constant }) => shape.length <= 4 && constant?.repeated === undefined,
    );
    return fits && unknown.some((value) => !this.has(value, 'plain')) ? 'channelsFirst' : 'plain';
  }

  /** A constant after `change`, which `key` identifies. */
  constant(
    { source, name }: Constant,
    key: string,
    change: () => { readonly data: Float32Array | Int32Array; readonly shape: readonly number[] },
  ): string {
    const known = this.#constants.get(source) ?? new Map<string, string>();
    this.#constants.set(source, known);
    const existing = known.get(key);
    if (existing !== undefined) return existing;
    const { data, shape } = change();
    const added = this.graph.initializer(data, shape, name);
    known.set(key, added);
    return added;
  }

  /** A vector of int64, with the number of images where extents depend on it. */
  extents(shape: readonly Extent[]): string {
    if (shape.every((extent) => typeof extent === 'number')) return this.graph.integers(shape as number[]);
    const parts = shape.map((extent) => {
      if (typeof extent === 'number') return this.graph.integers([extent]);
      const batch = this.batch();
      return extent.perImage === 1
        ? batch
        : this.graph.node('Mul', [batch, this.graph.integers([extent.perImage])]);
    });
    return parts.length === 1 ? parts[0]! : this.graph.node('Concat', parts, { axis: 0 });
  }

  /** The number of images, `[1]`. */
  batch(): string {
    this.#batch ??= this.graph.node('Shape', [this.#batchSource], { start: 0, end: 1 });
    return this.#batch;
  }

  /** Reshapes a tensor. */
  reshape(name: string, from: readonly Extent[], to: readonly Extent[]): string {
    const unknown = to.flatMap((extent, i) => (typeof extent === 'number' ? [] : [i]));
    // 0 copies the extent of the same axis of the input, -1 stands for the rest.
    const copied = unknown.filter((i) => {
      const before = from[i];
      return typeof before === 'object' && before.perImage === (to[i] as { perImage: number }).perImage;
    });
    const rest = unknown.filter((i) => !copied.includes(i));
    if (rest.length > 1) return this.graph.node('Reshape', [name, this.extents(to)]);
    const shape = to.map((extent, i) =>
      copied.includes(i) ? 0 : rest.includes(i) ? -1 : fixed(extent, 'a shape'),
    );
    return this.graph.node('Reshape', [name, this.graph.integers(shape)]);
  }

  #convert(value: Value, name: string, to: Layout): string {
    const order = to === 'plain' ? TO_PLAIN : TO_CHANNELS_FIRST;
    const [, height, width] = value.shape;
    if (height !== 1 || width !== 1) return this.graph.node('Transpose', [name], { perm: order });
    const from = to === 'plain' ? channelsFirst(value.shape) : value.shape;
    return this.reshape(name, from, to === 'plain' ? value.shape : channelsFirst(value.shape));
  }

  #readConstant({ dtype, shape }: Value, constant: Constant, layout: Layout): string {
    if (dtype === 'bool') {
      const name = this.graph.booleans(Uint8Array.from(constant.read()), constant.shape, constant.name);
      return layout === 'plain' ? name : this.graph.node('Transpose', [name], { perm: TO_CHANNELS_FIRST });
    }
    const isInteger = dtype === 'int32';
    const typed = () => (isInteger ? Int32Array.from(constant.read()) : Float32Array.from(constant.read()));
    if (layout === 'channelsFirst' && constant.shape.length > 0) {
      return this.constant(constant, layout, () => {
        const padded = [...Array.from({ length: 4 - constant.shape.length }, () => 1), ...constant.shape];
        return permute(typed(), padded, TO_CHANNELS_FIRST);
      });
    }
    const one = this.constant(constant, `plain ${dtype}`, () => ({ data: typed(), shape: constant.shape }));
    const { repeated } = constant;
    if (repeated === undefined) return one;
    const repeats = shape.map((_, axis): Extent => (axis === repeated ? { perImage: 1 } : 1));
    return this.graph.node('Tile', [one, this.extents(repeats)]);
  }
}

/** The axis of `[B,C,H,W]` that holds an axis of `[B,H,W,C]`. */
export function axisIn(layout: Layout, axis: number): number {
  return layout === 'plain' ? axis : AXIS_OF[axis]!;
}

function channelsFirst(shape: readonly Extent[]): Extent[] {
  return TO_CHANNELS_FIRST.map((axis) => shape[axis]!);
}

/** A transposed copy. */
export function permute<T extends Float32Array | Int32Array>(
  data: T,
  shape: readonly number[],
  order: readonly number[],
): { data: T; shape: number[] } {
  const to = order.map((axis) => shape[axis]!);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const steps = order.map((axis) => strides[axis]!);
  const result = data.slice() as T;
  const position = new Array<number>(to.length).fill(0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from]!;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      position[axis]!++;
      if (position[axis]! < to[axis]!) break;
      from -= steps[axis]! * to[axis]!;
      position[axis] = 0;
    }
  }
  return { data: result, shape: to };
}
