import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PodiumError } from '../errors.ts';
import { canonicalText, hashValue } from './hash-value.ts';

test('golden: changing these changes the key of every stored result', () => {
  const value = {
    model: 'resnet18',
    epochs: 3,
    lr: 1e-3,
    mean: new Float32Array([0.5, -0]),
    folds: [0, 1],
    none: null,
  };
  expect(canonicalText({ ...value, mean: undefined })).toBe(
    '{"epochs":3,"folds":[0,1],"lr":0.001,"model":"resnet18","none":null}',
  );
  expect(hashValue(value)).toBe('9ae3948ebe48877826c6418bcf07c942f63172a58522e869ae289c3afb094c51');
});

test('the order of keys does not count; undefined counts as absent; nor does -0 differ from 0', () => {
  expect(hashValue({ a: 1, b: { c: 2, d: 3 } })).toBe(hashValue({ b: { d: 3, c: 2 }, a: 1 }));
  expect(hashValue({ a: 1, b: undefined })).toBe(hashValue({ a: 1 }));
  expect(hashValue(-0)).toBe(hashValue(0));
  expect(hashValue(Object.assign(Object.create(null), { a: 1 }))).toBe(hashValue({ a: 1 }));
});

test('is JSON for JSON values, and goes through JSON unchanged', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalText(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalText(JSON.parse(JSON.stringify(value)))).toBe(text);
    }),
  );
});

test('different values have different texts', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
      expect(canonicalText(a) === canonicalText(b)).toBe(same);
    }),
  );
});

/** Entries as sorted lists: a second, slower way to say what is equal. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return ['list', ...value.map(sorted)];
  if (typeof value !== 'object' || value === null) return value;
  return [
    'object',
    ...Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  ];
}

test('handles an object whose toString cannot be called', () => {
  expect(canonicalText({ '': { toString: false }, ' ': '' })).toBe('{"":{"toString":false}," ":""}');
});

test('values that look alike have different hashes', () => {
  const values = [
    null,
    false,
    true,
    0,
    1,
    '',
    '0',
    'null',
    '[]',
    [],
    {},
    [[]],
    [0],
    [null],
    { 0: 0 },
    { '': 0 },
    { a: null },
    ['a', 'b'],
    ['ab'],
    ['a,b'],
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    'Infinity',
    '\ud800',
    '\ufffd',
    '\ud801',
    new Uint8Array([]),
    new Uint8Array([0]),
    new Int8Array([0]),
    new Uint8ClampedArray([0]),
    new Uint16Array([0]),
    new Uint8Array([0, 0]),
    new Float32Array([0]),
    new Float32Array([-0]),
    new Float32Array([Number.NaN]),
    new Float64Array([0]),
    new Uint32Array([0]),
    new BigInt64Array([0n]),
    canonicalText(new Uint8Array([0])),
  ];
  expect(new Set(values.map(hashValue)).size).toBe(values.length);
});

test('a typed array counts by type and elements, wherever they lie', () => {
  const buffer = new Uint8Array([9, 9, 1, 2, 3, 9]);
  expect(hashValue(buffer.subarray(2, 5))).toBe(hashValue(new Uint8Array([1, 2, 3])));
  expect(hashValue(Buffer.from([1, 2, 3]))).toBe(hashValue(new Uint8Array([1, 2, 3])));
});

test('the same object twice is no cycle', () => {
  const shared = { a: 1 };
  expect(canonicalText([shared, shared])).toBe('[{"a":1},{"a":1}]');
});

const cycle: Record<string, unknown> = { list: [] };
(cycle.list as unknown[]).push(cycle);
let deep: unknown = 0;
for (let i = 0; i < 100_000; i++) deep = [deep];

test.each<[string, unknown, string | undefined]>([
  ['NaN', { train: { lr: Number.NaN } }, 'train.lr'],
  ['undefined', undefined, undefined],
  ['undefined in a list', { a: [1, undefined] }, 'a[1]'],
  ['a hole', { a: Array(2) }, 'a[0]'],
  ['a function', { loss: () => 0 }, 'loss'],
  ['a symbol', [Symbol('x')], '[0]'],
  ['a symbol as a key', { a: { [Symbol('x')]: 1 } }, 'a'],
  ['a bigint', { n: 1n }, 'n'],
  ['a date', { at: new Date(0) }, 'at'],
  ['a map', { m: new Map() }, 'm'],
  ['a class instance', { e: new (class Model {})() }, 'e'],
  ['a DataView', { v: new DataView(new ArrayBuffer(1)) }, 'v'],
  ['an ArrayBuffer', { v: new ArrayBuffer(1) }, 'v'],
  ['a cycle', cycle, 'list[0]'],
  ['endless nesting', deep, '[0]'.repeat(200)],
])('rejects %s and says where', (_, value, key) => {
  try {
    hashValue(value);
  } catch (error) {
    expect(error).toBeInstanceOf(PodiumError);
    expect((error as PodiumError).code).toBe('hash-unsupported');
    expect((error as PodiumError).problem.path?.key).toBe(key);
    return;
  }
  expect.unreachable();
});
