import { endianness } from 'node:os';

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** The array's elements as little-endian bytes: a view on little-endian machines, a copy on others. */
export function littleEndianBytes(array: TypedArray, machine: 'LE' | 'BE' = endianness()): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return machine === 'LE' ? bytes : swapped(bytes, array.BYTES_PER_ELEMENT);
}

/** A copy with the bytes of each element reversed. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) result[i] = bytes[i - (i % size) + size - 1 - (i % size)]!;
  return result;
}
