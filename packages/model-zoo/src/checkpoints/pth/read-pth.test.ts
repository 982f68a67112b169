import { PodiumError } from '@podium/core';
import { describe, expect, test } from 'vitest';
import {
  described,
  expectedTensors,
  fixture,
  fixtureBytes,
  temporaryFile,
} from '../../../test/checkpoints/files.ts';
import * as p from '../../../test/checkpoints/pickles.ts';
import { readCheckpoint } from '../read-checkpoint.ts';
import { type PthValue, readPth } from './read-pth.ts';

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

/** Both forms of a file with one storage "0" of floats. */
function bothForms(body: string, values: number[] = [0, 1, 2, 3]): [string, Buffer][] {
  const bytes = floats(...values);
  return [
    ['zip', p.pthZip(p.pickle(body), { 0: bytes })],
    ['legacy', p.pthLegacy(p.pickle(body), { 0: { count: values.length, bytes } })],
  ];
}

async function problemOf(bytes: Uint8Array): Promise<PodiumError> {
  const path = temporaryFile(bytes, 'model.pth');
  const error = await readPth(path).catch((reason: unknown) => reason);
  if (!(error instanceof PodiumError)) throw error;
  expect(error.problem.path?.file).toBe(path);
  return error;
}

function at(value: PthValue, ...path: PthValue[]): PthValue | undefined {
  return path.reduce<PthValue | undefined>(
    (inner, key) => (inner instanceof Map ? inner.get(key) : undefined),
    value,
  );
}

describe('files of PyTorch', () => {
  test.each(['zip.pth', 'zip-protocol4.pth', 'legacy.pth', 'legacy-protocol4.pth', 'zip-no-checksums.pth'])(
    '%s',
    async (file) => {
      const { state, format } = await readCheckpoint(fixture(file));
      expect(described(state)).toEqual(expectedTensors(file));
      expect([...state.keys()]).toEqual(Object.keys(expectedTensors(file)));
      expect(format).toBe(file.startsWith('zip') ? 'pth' : 'pth-legacy');
    },
  );

  test.each(['zip.pth', 'legacy.pth'])('%s: tensors of one storage share memory', async (file) => {
    const { state } = await readCheckpoint(fixture(file));
    expect(state.get('shared.part')?.data.buffer).toBe(state.get('shared.whole')?.data.buffer);
  });

  test.each(['training.pth', 'training-legacy.pth'])('%s: everything in it', async (file) => {
    const { value } = await readPth(fixture(file));
    expect(at(value, 'epoch')).toBe(3);
    expect(at(value, 'best')).toBe(0.75);
    expect(at(value, 'arch')).toBe('tiny');
    expect(at(value, 'optimizer', 'state', 0, 'exp_avg')).toMatchObject({ dtype: 'float32', shape: [2, 3] });
    expect(at(value, 'optimizer', 'param_groups')).toEqual([expect.any(Map)]);
    expect(at(value, 'scheduler', 'milestones')).toEqual(new Map([[3, 1]]));
    expect(at(value, 'odds')).toEqual(
      new Map<string, PthValue>([
        ['tuple', [1, -2, 10n ** 20n, true]],
        ['set', new Set([1])],
        ['size', [1, 2]],
        ['dtype', 'torch.float16'],
        ['device', 'cpu'],
      ]),
    );
  });

  test.each(['training.pth', 'training-legacy.pth'])('%s: the model in it', async (file) => {
    const averaged = await readCheckpoint(fixture(file));
    expect(described(averaged.state)).toEqual(expectedTensors('training.pth'));
    expect(averaged.unwrapped).toEqual(['state_dict_ema', '_orig_mod.', 'module.']);
    expect(averaged.leftOut).toEqual([
      'epoch',
      'best',
      'arch',
      'state_dict',
      'optimizer',
      'scheduler',
      'odds',
    ]);
    const plain = await readCheckpoint(fixture(file), { ema: false });
    expect(described(plain.state)).toEqual(expectedTensors('training.pth#plain'));
    expect(plain.unwrapped).toEqual(['state_dict', 'module.']);
    const named = await readCheckpoint(fixture(file), { key: 'state_dict' });
    expect(named.unwrapped).toEqual(['state_dict', 'module.']);
  });

  test.each([
    [
      'uint16.pth',
      'checkpoint-unsupported',
      /odd: Podium cannot read this tensor: .* got a tensor of torch.uint16/,
    ],
    ['complex.pth', 'checkpoint-unsupported', /odd: .* got a tensor of complex numbers/],
    [
      'whole-module.pth',
      'checkpoint-no-tensors',
      /holds a whole model, .* got a value of torch.nn.modules.linear.Linear[\s\S]*model.state_dict\(\)/,
    ],
  ])('%s has nothing that can be read', async (file, code, message) => {
    const error = await readCheckpoint(fixture(file)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  // What training scripts keep beside the weights: an argparse.Namespace that contains itself, a path, NumPy's numbers, functions
  // and classes, sparse, quantized, complex, fp8 and uint16 tensors, and the weights under a key of their own.
  test.each(['wild.pth', 'wild-protocol5.pth'])('%s: the weights, whatever is beside them', async (file) => {
    const wanted = Object.keys(expectedTensors('wild.pth'));
    const matches = (names: readonly string[]) => names.filter((name) => wanted.includes(name)).length;
    const { state, unwrapped, unreadable, leftOut } = await readCheckpoint(fixture(file), { matches });
    expect(described(state)).toEqual(expectedTensors('wild.pth'));
    expect(unwrapped).toEqual(['net']);
    expect(leftOut).toEqual(expect.arrayContaining(['args', 'hyper_parameters', 'queue', 'score']));
    expect([...unreadable]).toEqual([['steps', 'a tensor of torch.uint16']]);
    const { value } = await readPth(fixture(file));
    expect(at(value, 'args')).toEqual({ opaque: 'a value of argparse.Namespace' });
    expect(at(value, 'mask')).toEqual({ opaque: 'a sparse tensor' });
    expect(at(value, 'queue', 'fp8')).toEqual({ opaque: 'a tensor of torch.float8_e4m3fn' });
    expect(at(value, 'score')).toMatchObject({ dtype: 'float32' });
  });

  test('for a key without tensors, or a file without any, the error lists the keys', async () => {
    await expect(readCheckpoint(fixture('training.pth'), { key: 'state_dicts' })).rejects.toThrow(
      'did you mean "state_dict"?',
    );
    const path = temporaryFile(p.pthZip(p.pickle(p.dict({ epoch: p.int(1), net: p.dict({ w: p.int(2) }) }))));
    await expect(readCheckpoint(path)).rejects.toThrow('no model was found in this file: expected epoch|net');
  });
});

describe('one storage, many views', () => {
  const cases: Record<string, [words: p.TensorWords, values: number[]]> = {
    whole: [{}, [0, 1, 2, 3]],
    part: [{ offset: 1, shape: [2], strides: [1] }, [1, 2]],
    transposed: [{ shape: [2, 2], strides: [1, 2] }, [0, 2, 1, 3]],
    'every other': [{ offset: 1, shape: [2], strides: [2] }, [1, 3]],
    expanded: [{ offset: 3, shape: [2, 3], strides: [0, 0] }, [3, 3, 3, 3, 3, 3]],
    overlapping: [{ shape: [3, 2], strides: [1, 1] }, [0, 1, 1, 2, 2, 3]],
    scalar: [{ offset: 2, shape: [], strides: [] }, [2]],
    'ones with any stride': [{ shape: [1, 4, 1], strides: [99, 1, 0] }, [0, 1, 2, 3]],
    'empty with any stride': [{ shape: [0, 4], strides: [99, 1] }, []],
    'three dimensions': [{ shape: [2, 1, 2], strides: [1, 7, 2] }, [0, 2, 1, 3]],
  };
  test.each(Object.entries(cases))('%s', async (_, [words, values]) => {
    for (const [form, bytes] of bothForms(p.dict({ w: p.tensor(words) }))) {
      const { state } = await readCheckpoint(temporaryFile(bytes));
      expect([...(state.get('w')?.data ?? [])], form).toEqual(values);
      expect(state.get('w')?.shape).toEqual(words.shape ?? [4]);
    }
  });

  test('a view as PyTorch before 0.4 wrote it', async () => {
    const view = p.tuple(p.text('v'), p.int(1), p.int(2));
    const id = p.tuple(
      p.text('storage'),
      p.global('torch', 'FloatStorage'),
      p.text('0'),
      p.text('cpu'),
      p.int(4),
      view,
    );
    const body = p.dict({
      w: p.call(
        p.global('torch._utils', '_rebuild_tensor'),
        id + p.PERSID,
        p.int(0),
        p.tuple(p.int(2)),
        p.tuple(p.int(1)),
      ),
    });
    const bytes = p.pthLegacy(p.pickle(body), { 0: { count: 4, bytes: floats(0, 1, 2, 3) } });
    const { state } = await readCheckpoint(temporaryFile(bytes));
    expect(state.get('w')?.data).toEqual(Float32Array.of(1, 2));
  });

  test('a storage that was on a GPU, and a zip without notes', async () => {
    const body = p.dict({ w: p.tensor({ storage: p.storage('0', 4, 'FloatStorage', 'torch.cuda') }) });
    const { state } = await readCheckpoint(
      temporaryFile(p.pthZip(p.pickle(body), { 0: floats(1, 2, 3, 4) }, {})),
    );
    expect(state.get('w')?.data).toEqual(Float32Array.of(1, 2, 3, 4));
  });
});

describe('lies are found before anything is allocated', () => {
  const wide = 2 ** 53 - 1;
  const cases: Record<string, [tensor: string, message: RegExp]> = {
    'a shape beyond the storage': [
      p.tensor({ shape: [5] }),
      /beyond its storage "0": shape \(5,\).* at most 4 items, got 5/,
    ],
    'an offset beyond the storage': [p.tensor({ offset: 1 }), /beyond its storage/],
    'an offset beyond counting': [p.tensor({ offset: wide }), /beyond its storage/],
    'a stride beyond the storage': [p.tensor({ shape: [2], strides: [4] }), /beyond its storage/],
    'strides beyond counting': [p.tensor({ shape: [2, 2], strides: [wide, wide] }), /beyond its storage/],
    'a shape beyond counting': [p.tensor({ shape: [wide, wide], strides: [0, 0] }), /the impossible shape/],
    'a negative size': [p.tensor({ shape: [-4] }), /with invalid shape/],
    'a negative stride': [p.tensor({ offset: 3, strides: [-1] }), /with invalid strides/],
    'a negative offset': [p.tensor({ offset: -1 }), /without an offset/],
    'more strides than sizes': [p.tensor({ strides: [1, 1] }), /the impossible shape/],
    'too many dimensions': [p.tensor({ shape: Array(65).fill(1), strides: Array(65).fill(1) }), /at most 64/],
    'an expanded tensor of 4 GB': [p.tensor({ shape: [2 ** 30], strides: [0] }), /far larger than the file/],
    'an expanded tensor of 36 petabytes': [
      p.tensor({ shape: [wide], strides: [0] }),
      /far larger than the file/,
    ],
    'a storage that is larger than its bytes': [
      p.tensor({ storage: p.storage('0', 5) }),
      /size of the storage "0"/,
    ],
    'a storage of terabytes': [p.tensor({ storage: p.storage('0', 2 ** 40) }), /size of the storage "0"/],
    'a storage of a negative size': [p.tensor({ storage: p.storage('0', -4) }), /other than a storage/],
    'a storage that is not there': [
      p.tensor({ storage: p.storage('../../0', 4) }),
      /size|lacks the storage|unknown or repeated name/,
    ],
    'a storage with two sizes': [`${p.tensor()}${p.tensor({ storage: p.storage('0', 8) })}\x86`, /two sizes/],
    'no storage': [p.tensor({ storage: p.NONE }), /no number format/],
    'an untyped storage without a number format': [
      p.tensor({ storage: p.storage('0', 16, 'UntypedStorage', 'torch.storage') }),
      /no number format/,
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [tensor, message]) => {
    for (const [form, bytes] of bothForms(tensor)) {
      const error = await problemOf(bytes);
      expect(error.message, form).toMatch(message);
    }
  });

  test('many small expansions together', async () => {
    // Each is 16 MiB; the file may have 64 MiB of copies, and four times its own size.
    const tensors = Array.from({ length: 6 }, () => p.tensor({ shape: [2 ** 22], strides: [0] }));
    const error = await problemOf(p.pthZip(p.pickle(p.tuple(...tensors)), { 0: floats(0, 1, 2, 3) }));
    expect(error.message).toContain('4: its tensors, made contiguous, are far larger than the file');
  });
});

describe('zip files', () => {
  const body = p.pickle(p.dict({ w: p.tensor() }));
  const good = p.pthZip(body, { 0: floats(0, 1, 2, 3) });

  test('a checksum that does not match', async () => {
    const bytes = Buffer.from(good);
    const start = bytes.indexOf(Buffer.from(floats(0, 1, 2, 3)));
    bytes.writeUInt8(1, start);
    expect((await problemOf(bytes)).message).toContain(
      'the storage "0" is damaged: its checksum does not match',
    );
  });

  test.each<[string, Buffer, RegExp]>([
    ['big-endian', p.pthZip(body, { 0: floats(0) }, { byteorder: 'big' }), /little-endian/],
    [
      'a version to come',
      p.pthZip(body, { 0: floats(0) }, { version: '11\n' }),
      /version of this PyTorch file is not supported/,
    ],
    [
      'a version that is none',
      p.pthZip(body, { 0: floats(0) }, { version: 'x' }),
      /version of this PyTorch file is not supported/,
    ],
    ['TorchScript', p.pthZip(body, {}, { 'constants.pkl': 'x' }), /a TorchScript program/],
    [
      'no pickle',
      p.fixChecksums(Buffer.from(good.toString('latin1').replaceAll('data.pkl', 'date.pkl'), 'latin1')),
      /not a PyTorch checkpoint/,
    ],
    ['a storage too short', p.pthZip(body, { 0: floats(0, 1, 2) }), /expected 16 bytes, got 12/],
    ['no storage', p.pthZip(body), /expected 16 bytes, got no such entry/],
    [
      'more after the pickle',
      p.pthZip(Buffer.concat([body, body]), { 0: floats(0, 1, 2, 3) }),
      /the entry has data after/,
    ],
    ['bytes after the zip', Buffer.concat([good, Buffer.alloc(3)]), /truncated or damaged/],
  ])('%s', async (_, bytes, message) => {
    expect((await problemOf(bytes)).message).toMatch(message);
  });

  // The zip library's own reader would end the process here.
  test('a directory at a position beyond 2^53', async () => {
    const locator = Buffer.alloc(20);
    locator.write('PK\x06\x07', 'latin1');
    locator.writeBigUInt64LE(2n ** 54n + 256n, 8);
    const end = good.length - 22;
    const bytes = Buffer.concat([good.subarray(0, end), locator, good.subarray(end)]);
    expect((await problemOf(bytes)).message).toContain('the directory of the zip is truncated');
  });

  test('entries that share their bytes', async () => {
    const bytes = p.pthZip(body, { 0: floats(0, 1, 2, 3), 1: new Uint8Array(600), 2: new Uint8Array(600) });
    // Every entry is made to point at the largest one.
    const entries = [...bytes.keys()].filter((at) => bytes.toString('latin1', at, at + 4) === 'PK\x01\x02');
    const [largest] = entries.slice(-2) as [number];
    for (const entry of entries) bytes.copy(bytes, entry + 20, largest + 20, largest + 28);
    expect((await problemOf(bytes)).message).toMatch(/longer than the zip, or overlap|truncated or damaged/);
  });

  test('compressed entries', async () => {
    const { zipSync } = await import('fflate');
    const bytes = Buffer.from(zipSync({ 'a/data.pkl': [new Uint8Array(1000), { level: 9 }] }));
    expect((await problemOf(bytes)).message).toContain('is compressed or encrypted');
  });

  test('cut anywhere', async () => {
    const whole = fixtureBytes('zip.pth');
    for (let length = 1; length < whole.length; length += 61) {
      const error = await problemOf(whole.subarray(0, length));
      expect(error.code, `cut at ${length}`).toMatch(/^checkpoint-(damaged|format)$/);
    }
  });
});

describe('legacy files', () => {
  const body = p.pickle(p.dict({ w: p.tensor() }));
  const bytes = floats(0, 1, 2, 3);

  test.each<[string, Buffer, RegExp]>([
    ['big-endian', p.pthLegacy(body, { 0: { count: 4, bytes } }, { littleEndian: p.FALSE }), /little-endian/],
    [
      'another version',
      p.pthLegacy(body, { 0: { count: 4, bytes } }, { protocol: 1002 }),
      /version of this legacy PyTorch file is not supported/,
    ],
    ['a count that is too small', p.pthLegacy(body, { 0: { count: 3, bytes } }), /expected 4 items, got 3/],
    ['a count that is negative', p.pthLegacy(body, { 0: { count: -1, bytes } }), /expected 4 items, got -1/],
    [
      'a count of exabytes',
      p.pthLegacy(body, { 0: { count: 2n ** 62n, bytes } }),
      /expected 4 items, got 4611/,
    ],
    ['a cut storage', p.pthLegacy(body, { 0: { count: 4, bytes: bytes.subarray(1) } }), /is truncated/],
    ['no storages', p.pthLegacy(body), /lacks the storage "0"/],
    [
      'a storage that nothing names',
      p.pthLegacy(body, { 1: { count: 4, bytes } }),
      /unknown or repeated name/,
    ],
    [
      'more after the last storage',
      Buffer.concat([p.pthLegacy(body, { 0: { count: 4, bytes } }), Buffer.alloc(1)]),
      /the file has data after/,
    ],
  ])('%s', async (_, file, message) => {
    expect((await problemOf(file)).message).toMatch(message);
  });

  test('cut anywhere', async () => {
    const whole = fixtureBytes('legacy.pth');
    for (let length = 1; length < whole.length; length += 29) {
      const error = await problemOf(whole.subarray(0, length));
      expect(error.code, `cut at ${length}`).toMatch(/^checkpoint-(damaged|format)$/);
    }
  });
});

test('a safetensors file is recognized', async () => {
  const error = await problemOf(fixtureBytes('official.safetensors'));
  expect(error.message).toContain('got a safetensors file');
});
