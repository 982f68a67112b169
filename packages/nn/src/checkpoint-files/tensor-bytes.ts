import type { StateArrays, StateDtype, StateTensor } from '../state-tensor.ts';

type Values = StateArrays[StateDtype];

/** Memory layout of a number format. */
interface Layout {
  /** Bytes of one value. */
  readonly size: number;
  readonly array: {
    new (length: number): Values;
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): Values;
  };
}

const LAYOUTS: Readonly<Record<StateDtype, Layout>> = {
  float64: { size: 8, array: Float64Array },
  float32: { size: 4, array: Float32Array },
  float16: { size: 2, array: Uint16Array },
  bfloat16: { size: 2, array: Uint16Array },
  int64: { size: 8, array: BigInt64Array },
  int32: { size: 4, array: Int32Array },
  int16: { size: 2, array: Int16Array },
  int8: { size: 1, array: Int8Array },
  uint8: { size: 1, array: Uint8Array },
  bool: { size: 1, array: Uint8Array },
};

/** Bytes of one value of a number format. */
export function itemSize(dtype: StateDtype): number {
  return LAYOUTS[dtype].size;
}

/** Whether an untrusted name is one of the number formats. */
export function isStateDtype(name: string): name is StateDtype {
  return Object.hasOwn(LAYOUTS, name);
}

/** Whether the values are an array of the class of this number format. */
export function holdsDtype(data: unknown, dtype: StateDtype): data is Values {
  return data instanceof LAYOUTS[dtype].array;
}

/** `count` zeros. */
export function zeros(dtype: StateDtype, count: number): Values {
  return new LAYOUTS[dtype].array(count);
}

/** The bytes as values: a view if they are aligned in memory, otherwise a copy. `bytes` must hold whole values. */
export function asValues(dtype: StateDtype, bytes: Uint8Array): Values {
  const { size, array } = LAYOUTS[dtype];
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / size);
}

/** A view of the values as bytes. */
export function asBytes({ data }: StateTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Number of values of a shape (1 for a scalar), or undefined if a size or the product is not a safe non-negative integer. */
export function countValues(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
    // A later 0 does not make such a shape valid.
    if (count > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return count;
}

/** A shape as PyTorch prints it: `(64, 3, 7, 7)`, `()` for a scalar. */
export function renderShape(shape: readonly number[]): string {
  const sizes = shape.length > 12 ? [...shape.slice(0, 12), '...'] : shape;
  return `(${sizes.join(', ')}${shape.length === 1 ? ',' : ''})`;
}
