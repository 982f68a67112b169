import { create } from '@bufbuild/protobuf';
import { PodiumError } from '@podium/core';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from 'onnx-buf';
import { MAX_FLOAT16, toFloat16 } from './float16.ts';

/** A protobuf message may not be larger, and its reader needs some room for everything but the weights. */
const MAX_BYTES = 2 ** 31 - 2 ** 24;
/** Smaller tensors stay float32: they hold biases and scales. */
const MIN_FLOAT16_SIZE = 1024;

/** A floating-point attribute; plain numbers are integers. */
interface FloatAttribute {
  readonly float: number;
}

/** Attributes of a node. */
export type Attributes = Readonly<Record<string, number | readonly number[] | string | FloatAttribute>>;

/** Format of large weights in the file. Nodes compute in float32 either way. */
export type WeightFormat = 'float32' | 'float16';

type Data = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** Nodes and initializers of an ONNX graph, with names that occur once. */
export class GraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly opset: number;
  readonly #weights: WeightFormat;
  readonly #counts = new Map<string, number>();
  readonly #small = new Map<string, string>();
  #bytes = 0;

  constructor(opset: number, weights: WeightFormat) {
    this.opset = opset;
    this.#weights = weights;
  }

  /** Adds a node with one output, whose name it returns. An empty name stands for an input that is left out. */
  node(type: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.nodeWithOutputs(type, inputs, 1, attributes)[0]!;
  }

  /** Adds a node with several outputs. */
  nodeWithOutputs(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Attributes = {},
  ): readonly string[] {
    const name = this.unique(type);
    const output = Array.from({ length: outputs }, (_, i) => (outputs === 1 ? name : `${name}.${i}`));
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.nodes.push(create(NodeProtoSchema, { opType: type, name, input: [...inputs], output, attribute }));
    return output;
  }

  /** Adds a constant, and returns its name. Small ones with the same values are added once. */
  initializer(data: Data, shape: readonly number[], name = 'constant'): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key =
      data.length <= 64
        ? `${data.constructor.name} [${shape}] ${Array.from<number | bigint>(data as ArrayLike<number>)}`
        : undefined;
    const known = key === undefined ? undefined : this.#small.get(key);
    if (known !== undefined) return known;
    const added =
      this.#weights === 'float16' && data instanceof Float32Array && fitsFloat16(data)
        ? this.#halved(data, shape, name)
        : this.#add(bytes, typeOf(data), shape, name);
    if (key !== undefined) this.#small.set(key, added);
    return added;
  }

  /** Adds a constant vector of int64: a shape, axes. */
  integers(values: readonly number[]): string {
    return this.initializer(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** Adds a constant scalar. */
  scalar(value: number): string {
    return this.initializer(Float32Array.of(value), []);
  }

  /** Adds the bytes of truth values. */
  booleans(values: Uint8Array, shape: readonly number[], name?: string): string {
    return this.#add(Uint8Array.from(values), TensorProto_DataType.BOOL, shape, name ?? 'constant');
  }

  /** Mean, maximum, sum and so on along axes. */
  reduce(type: string, input: string, axes: readonly number[], keepDims: boolean): string {
    const keepdims = keepDims ? 1 : 0;
    // Axes became an input: for sums in opset 13, for all others in 18.
    return type === 'ReduceSum' || this.opset >= 18
      ? this.node(type, [input, this.integers(axes)], { keepdims })
      : this.node(type, [input], { axes, keepdims });
  }

  /** Gives an output of a node another name. */
  rename(from: string, to: string): void {
    for (const node of this.nodes) {
      node.input = node.input.map((name) => (name === from ? to : name));
      node.output = node.output.map((name) => (name === from ? to : name));
    }
  }

  /** A name that no other tensor has. */
  unique(base: string): string {
    const count = this.#counts.get(base) ?? 0;
    this.#counts.set(base, count + 1);
    return count === 0 ? base : this.unique(`${base}_${count}`);
  }

  #halved(data: Float32Array, shape: readonly number[], name: string): string {
    const half = toFloat16(data);
    const bytes = new Uint8Array(half.buffer);
    const stored = this.#add(bytes, TensorProto_DataType.FLOAT16, shape, name);
    return this.node('Cast', [stored], { to: TensorProto_DataType.FLOAT });
  }

  #add(bytes: Uint8Array, dataType: number, shape: readonly number[], base: string): string {
    this.#bytes += bytes.byteLength;
    if (this.#bytes > MAX_BYTES) {
      throw new PodiumError({
        code: 'onnx-too-large',
        message: 'an ONNX file cannot hold more than 2 GB of weights',
        fix: this.#weights === 'float32' ? "export with { weights: 'float16' }" : 'choose a smaller model',
      });
    }
    const name = this.unique(base);
    this.initializers.push(
      create(TensorProtoSchema, {
        name,
        dataType,
        dims: shape.map(BigInt),
        rawData: bytes as Uint8Array<ArrayBuffer>,
      }),
    );
    return name;
  }
}

function fitsFloat16(data: Float32Array): boolean {
  return data.length >= MIN_FLOAT16_SIZE && data.every((value) => Math.abs(value) <= MAX_FLOAT16);
}

function typeOf(data: Data): TensorProto_DataType {
  if (data instanceof Float32Array) return TensorProto_DataType.FLOAT;
  if (data instanceof Int32Array) return TensorProto_DataType.INT32;
  return data instanceof BigInt64Array ? TensorProto_DataType.INT64 : TensorProto_DataType.UINT8;
}

function attributeProto(name: string, value: Attributes[string]): AttributeProto {
  const of = (fields: Partial<AttributeProto>) => create(AttributeProtoSchema, { name, ...fields } as never);
  if (typeof value === 'number') return of({ type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string') {
    const s = new TextEncoder().encode(value);
    return of({ type: AttributeProto_AttributeType.STRING, s });
  }
  if ('float' in value) return of({ type: AttributeProto_AttributeType.FLOAT, f: value.float });
  return of({ type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) });
}
