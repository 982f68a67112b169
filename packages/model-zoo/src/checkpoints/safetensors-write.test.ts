import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StateDict, StateDtype, StateTensor } from '@podium/nn';
import { asValues, itemSize, readSafetensors, writeSafetensors } from '@podium/nn/checkpoint-files';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { described, fixture, fixtureBytes, temporaryFolder } from '../../test/checkpoints/files.ts';

const DTYPES: readonly StateDtype[] = [
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
];

const anyTensor: fc.Arbitrary<StateTensor> = fc
  .tuple(fc.constantFrom(...DTYPES), fc.array(fc.nat({ max: 3 }), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const length = itemSize(dtype) * shape.reduce((product, size) => product * size, 1);
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes) => ({ dtype, shape, data: asValues(dtype, bytes) }));
  });

const anyText = fc.string({ unit: 'grapheme', maxLength: 12 });

const anyState: fc.Arbitrary<StateDict> = fc
  .array(
    fc.tuple(
      anyText.filter((name) => name !== '__metadata__'),
      anyTensor,
    ),
    { maxLength: 8 },
  )
  .map((pairs) => new Map(pairs));

test('any tensors come back to the byte', async () => {
  const path = join(temporaryFolder(), 'any.safetensors');
  await fc.assert(
    fc.asyncProperty(anyState, fc.dictionary(anyText, anyText), async (state, metadata) => {
      await writeSafetensors(path, state, metadata);
      const read = await readSafetensors(path);
      expect(described(read.tensors)).toEqual(described(state));
      expect(Object.fromEntries(read.metadata)).toEqual({ ...metadata });
      const [length] = new BigUint64Array(new Uint8Array(readFileSync(path).subarray(0, 8)).buffer);
      expect(Number(length) % 8).toBe(0);
    }),
    { seed: 1, numRuns: 150 },
  );
});

test('the same tensors give the same bytes in any order', async () => {
  const folder = temporaryFolder();
  const { tensors } = await readSafetensors(fixture('official.safetensors'));
  await writeSafetensors(join(folder, 'a'), tensors, { b: '1', a: '2' });
  await writeSafetensors(
    join(folder, 'b'),
    new Map([...tensors].reverse()),
    new Map([
      ['a', '2'],
      ['b', '1'],
    ]),
  );
  expect(readFileSync(join(folder, 'a')).equals(readFileSync(join(folder, 'b')))).toBe(true);
});

test("the bytes are those of the format's own writer", async () => {
  const { tensors, metadata } = await readSafetensors(fixture('official.safetensors'));
  const path = join(temporaryFolder(), 'copy.safetensors');
  await writeSafetensors(path, new Map([...tensors].sort()), metadata);
  expect(readFileSync(path).equals(fixtureBytes('official.safetensors'))).toBe(true);
});

test('what cannot be stored is rejected by name, and an existing file stays', async () => {
  const path = join(temporaryFolder(), 'model.safetensors');
  const data = Float32Array.of(1);
  const good: StateTensor = { dtype: 'float32', shape: [1], data };
  await writeSafetensors(path, new Map([['w', good]]));
  const before = readFileSync(path);
  const bad: [string, StateTensor, RegExp][] = [
    [
      'w',
      { dtype: 'float32', shape: [2], data },
      /w: the number of its values does not match its shape \(2,\)/,
    ],
    ['w', { dtype: 'float32', shape: [-1, -1], data }, /w: the number of its values does not match/],
    ['w', { dtype: 'float16', shape: [1], data }, /w: its values are not an array of its number format/],
    ['w', { dtype: 'float8' as StateDtype, shape: [1], data }, /w: its number format is unknown/],
    ['__metadata__', good, /__metadata__: this name is reserved/],
    ['\ud800', good, /an unpaired surrogate/],
  ];
  for (const [name, tensor, message] of bad) {
    await expect(writeSafetensors(path, new Map([[name, tensor]]))).rejects.toThrow(message);
  }
  await expect(writeSafetensors(path, new Map(), { a: '\udc00' })).rejects.toThrow(/an unpaired surrogate/);
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a folder that is not there is named', async () => {
  const path = join(temporaryFolder(), 'none', 'model.safetensors');
  await expect(writeSafetensors(path, new Map())).rejects.toMatchObject({ code: 'file-not-found' });
});
