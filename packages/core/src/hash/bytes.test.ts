import { expect, test } from 'vitest';
import { littleEndianBytes } from './bytes.ts';

test('is a view of memory on a little-endian machine', () => {
  const array = new Uint16Array([0x0102, 0x0304, 0x0506]).subarray(1);
  const bytes = littleEndianBytes(array, 'LE');
  expect(bytes.buffer).toBe(array.buffer);
  expect([bytes.byteOffset, bytes.length]).toEqual([2, 4]);
});

test('reverses each element on a big-endian machine, leaving the array alone', () => {
  const memory = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  expect([...littleEndianBytes(new Uint32Array(memory.buffer), 'BE')]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
  expect([...littleEndianBytes(new Float64Array(memory.buffer), 'BE')]).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  expect([...littleEndianBytes(memory, 'BE')]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...memory]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('float32 1 is 00 00 80 3f', () => {
  expect([...littleEndianBytes(new Float32Array([1]))]).toEqual([0, 0, 0x80, 0x3f]);
});
