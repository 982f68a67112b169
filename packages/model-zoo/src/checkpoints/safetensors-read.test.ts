import { PodiumError } from '@podium/core';
import { openSafetensors, readSafetensors } from '@podium/nn/checkpoint-files';
import { describe, expect, test } from 'vitest';
import {
  described,
  expectedTensors,
  fixture,
  fixtureBytes,
  safetensors,
  temporaryFile,
  temporaryFolder,
} from '../../test/checkpoints/files.ts';

const F32 = (shape: number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

async function problemOf(bytes: Uint8Array): Promise<PodiumError> {
  const path = temporaryFile(bytes, 'model.safetensors');
  const error = await readSafetensors(path).catch((reason: unknown) => reason);
  if (!(error instanceof PodiumError)) throw error;
  expect(error.problem.path?.file).toBe(path);
  return error;
}

test("a file of the format's own writer", async () => {
  const { tensors, metadata } = await readSafetensors(fixture('official.safetensors'));
  expect(described(tensors)).toEqual(expectedTensors('official.safetensors'));
  expect([...metadata]).toEqual([['format', 'pt\n']]);
});

test('all tensors are views of one buffer', async () => {
  const { tensors } = await readSafetensors(fixture('official.safetensors'));
  const buffers = new Set([...tensors.values()].map(({ data }) => data.buffer));
  expect(buffers.size).toBe(1);
});

test('a misaligned tensor is read, by a copy', async () => {
  const data = Buffer.from('070000803f', 'hex');
  const header = { first: { dtype: 'U8', shape: [1], data_offsets: [0, 1] }, second: F32([], 1, 5) };
  const { tensors } = await readSafetensors(temporaryFile(safetensors(header, data)));
  expect(tensors.get('first')?.data).toEqual(Uint8Array.of(7));
  expect(tensors.get('second')?.data).toEqual(Float32Array.of(1));
});

test('tensors come in the order of their data, not of the header', async () => {
  const header = { b: F32([1], 4, 8), a: F32([1], 0, 4), empty: F32([0, 7], 4, 4) };
  const { tensors } = await readSafetensors(temporaryFile(safetensors(header, 8)));
  expect([...tensors.keys()]).toEqual(['a', 'empty', 'b']);
});

test('a name like __proto__ is a name like any other', async () => {
  const header = '{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}';
  const { tensors } = await readSafetensors(temporaryFile(safetensors(header, 4)));
  expect([...tensors.keys()]).toEqual(['__proto__']);
});

test('a file without tensors', async () => {
  expect((await readSafetensors(temporaryFile(safetensors('{}   ')))).tensors.size).toBe(0);
});

test('tensors can be read one by one', async () => {
  const file = await openSafetensors(fixture('official.safetensors'));
  const expected = expectedTensors('official.safetensors');
  try {
    expect([...file.names].sort()).toEqual(Object.keys(expected).sort());
    expect(file.metadata.get('format')).toBe('pt\n');
    expect(file.tensors.get('bfloat16')).toMatchObject({ dtype: 'bfloat16', shape: [2, 3] });
    for (const name of file.names) {
      const tensor = await file.read(name);
      expect(described(new Map([[name, tensor]]))[name]).toEqual(expected[name]);
    }
    await expect(file.read('shared.hole')).rejects.toThrow('did you mean "shared.whole"?');
  } finally {
    await file.close();
  }
});

test('tensors of foreign number formats are named, and those beside them read', async () => {
  const header = {
    a: { ...F32([2], 0, 2), dtype: 'F8_E4M3' },
    b: { ...F32([2], 2, 3), dtype: 'F4' },
    c: F32([1], 3, 7),
  };
  const path = temporaryFile(safetensors(header, 7), 'model.safetensors');
  const { tensors, unreadable } = await readSafetensors(path);
  expect([...tensors.keys()]).toEqual(['c']);
  expect([...unreadable]).toEqual([
    ['a', 'a tensor of F8_E4M3'],
    ['b', 'a tensor of F4'],
  ]);
  const file = await openSafetensors(path);
  await expect(file.read('a').finally(() => file.close())).rejects.toThrow(
    /cannot read this tensor: got a tensor of F8/,
  );
});

describe('lies are found, and named', () => {
  const wide = 2 ** 53 - 1;
  const cases: Record<string, [header: string | object, data: number, message: RegExp]> = {
    'a cut tensor': [
      { w: F32([4], 0, 16) },
      12,
      /w: its data is truncated .* expected data_offsets up to 12, got 16/,
    ],
    'overlapping tensors': [
      { a: F32([2], 0, 8), b: F32([2], 4, 12) },
      12,
      /b: its data overlaps another tensor/,
    ],
    'the same data twice': [
      { a: F32([2], 0, 8), b: F32([2], 0, 8) },
      8,
      /b: its data overlaps another tensor/,
    ],
    'a hole': [{ a: F32([1], 0, 4), b: F32([1], 8, 12) }, 12, /b: bytes before its data belong to no tensor/],
    'a hole at the start': [{ a: F32([1], 4, 8) }, 8, /a: bytes before its data belong to no tensor/],
    'bytes after the last tensor': [
      { a: F32([1], 0, 4) },
      5,
      /bytes after the last tensor belong to no tensor/,
    ],
    'offsets in the wrong order': [{ a: F32([1], 4, 0) }, 4, /a: its data_offsets are not a range/],
    'one offset': [
      { a: { dtype: 'F32', shape: [1], data_offsets: [4] } },
      4,
      /a: its data_offsets are not a range/,
    ],
    'three offsets': [{ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 4, /are not a range/],
    'a shape that is too large': [
      { a: F32([3], 0, 8) },
      8,
      /\(3,\) in F32 does not fit .* 12 bytes, got 8 bytes/,
    ],
    'a shape whose size overflows': [{ a: F32([wide, wide], 0, 8) }, 8, /a shape of non-negative integers/],
    'an overflow hidden by a zero': [
      { a: F32([wide, wide, 0], 0, 0) },
      0,
      /a shape of non-negative integers/,
    ],
    'a number format that is none': [
      { a: { ...F32([1], 0, 4), dtype: 'F31' } },
      4,
      /no such .*did you mean "F32"/,
    ],
    'an fp8 tensor whose size is wrong': [
      { a: { ...F32([2], 0, 1), dtype: 'F8_E4M3' } },
      1,
      /\(2,\) in F8_E4M3 does not fit its data: expected 2 bytes/,
    ],
    'a negative size': [
      '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
      4,
      /a: .* expected an integer/,
    ],
    'half a value': ['{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}', 4, /expected an integer/],
    'an exponent': ['{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}', 4, /expected an integer/],
    'a leading zero': ['{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', 4, /expected an integer/],
    'an integer beyond 2^53': [
      `{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}`,
      4,
      /2\^53-1/,
    ],
    'a tensor twice': [
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      4,
      /a: the header has this tensor twice/,
    ],
    'a key twice': ['{"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,4]}}', 4, /once each/],
    'another key': [{ a: { ...F32([1], 0, 4), stride: [1] } }, 4, /got "stride"/],
    'a key too few': [{ a: { dtype: 'F32', shape: [1] } }, 4, /a: the header lacks a key/],
    'metadata twice': ['{"__metadata__":{},"__metadata__":{}}', 0, /"__metadata__" twice/],
    'a key of the metadata twice': ['{"__metadata__":{"a":"1","a":"2"}}', 0, /the key "a" twice/],
    'metadata that is not a string': [{ __metadata__: { epoch: 3 } }, 0, /__metadata__: .* expected """/],
    'metadata that is no object': [{ __metadata__: 'x' }, 0, /expected "{"/],
    'a header that is a list': ['[]', 0, /does not begin with "{"/],
    'a space before the header': [' {}', 0, /does not begin with "{"/],
    'a tab after the header': ['{}\t', 0, /has text after its end/],
    'a second object': ['{} {}', 0, /has text after its end/],
    'a comma too many': ['{"__metadata__":{},}', 0, /expected """/],
    'a string without an end': ['{"abc', 0, /expected a string, got the end of the header/],
    'a string that ends in a backslash': ['{"abc\\"', 0, /expected a string/],
    'a bad escape': ['{"a\\x":1}', 0, /is not JSON/],
    'an unpaired surrogate': [
      '{"\\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}',
      4,
      /an unpaired surrogate/,
    ],
    'deep nesting': ['['.repeat(100_000).replace('[', '{"a":{"shape":['), 0, /expected an integer/],
    'nothing in the header': ['', 0, /does not begin with "{"/],
  };
  test.each(Object.entries(cases))('%s', async (_, [header, data, message]) => {
    const error = await problemOf(safetensors(header, data));
    expect(error.code).toMatch(/^checkpoint-(damaged|unsupported)$/);
    expect(error.message.split('\n')[0]).toMatch(message);
  });

  test.each([
    ['beyond the file', 3n],
    ["beyond the format's limit", 100_000_001n],
    ['beyond every file', 2n ** 64n - 1n],
  ])('a header length %s', async (_, length) => {
    const bytes = safetensors('{}');
    bytes.writeBigUInt64LE(length);
    expect((await problemOf(bytes)).message).toContain(`got ${length} bytes`);
  });

  test('a header that is not UTF-8', async () => {
    const bytes = safetensors('{"a"}');
    bytes[10] = 0xff;
    expect((await problemOf(bytes)).message).toContain('not UTF-8');
  });

  test('a file that is cut anywhere', async () => {
    const whole = fixtureBytes('official.safetensors');
    for (let length = 0; length < whole.length; length += length < 16 ? 1 : 37) {
      const error = await problemOf(whole.subarray(0, length));
      expect(error.code, `cut at ${length}`).toBe('checkpoint-damaged');
    }
  });
});

test.each([
  [
    'tensors',
    () => Object.fromEntries(Array.from({ length: 100_001 }, (_, i) => [`t${i}`, F32([0], 0, 0)])),
    /too many tensors for a checkpoint: expected at most 100000/,
  ],
  [
    'keys of metadata',
    () => ({ __metadata__: Object.fromEntries(Array.from({ length: 100_001 }, (_, i) => [`k${i}`, ''])) }),
    /too many keys of metadata for a checkpoint: expected at most 100000/,
  ],
  [
    'dimensions',
    () => ({
      a: F32(
        Array.from({ length: 1e6 }, () => 1),
        0,
        4,
      ),
    }),
    /a: the header has too long a list for this tensor: expected at most 64 numbers/,
  ],
  [
    'bytes of a header',
    () => ({ __metadata__: { text: 'x'.repeat(2 ** 25) } }),
    /the header is too long for a checkpoint: expected at most 33554432 bytes, got 33554\d+/,
  ],
])('too many %s are rejected before they take time and memory', async (_, header, message) => {
  expect((await problemOf(safetensors(header(), 4))).message).toMatch(message);
});

test('a file that is not there, and a folder', async () => {
  const folder = temporaryFolder();
  await expect(readSafetensors(`${folder}/none`)).rejects.toMatchObject({ code: 'file-not-found' });
  await expect(readSafetensors(folder)).rejects.toMatchObject({ code: 'file-is-folder' });
});
