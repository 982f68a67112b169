import { createHash } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { PodiumError } from '../errors.ts';
import { hashBytes } from '../hash/hash-bytes.ts';
import { readPredictions, writePredictions } from './files.ts';
import { decodePredictions, encodePredictions } from './format.ts';
import { Predictions } from './predictions.ts';

const sample = new Predictions({
  ids: ['a.jpg', 'ü/"b".jpg', '\ud800'],
  classes: ['cat', 'dog'],
  values: Float32Array.of(0.25, 0.75, 1, 0, 0.5, 0.5),
  kind: 'probabilities',
  folds: Int32Array.of(0, 1, 1),
  groups: ['p', 'q', 'p'],
});

const anyPredictions = fc
  .record({
    ids: fc.uniqueArray(fc.string({ minLength: 1, unit: 'binary' }), { maxLength: 20 }),
    classes: fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }),
    seed: fc.infiniteStream(fc.float({ noNaN: true, noDefaultInfinity: true })),
    task: fc.constantFrom('single-label', 'multi-label'),
    withFolds: fc.boolean(),
    withGroups: fc.boolean(),
  })
  .map(({ ids, classes, seed, task, withFolds, withGroups }) => {
    const values = Float32Array.from({ length: ids.length * classes.length }, () => seed.next().value);
    return new Predictions({
      ids,
      classes,
      values,
      kind: 'logits',
      task: task as 'single-label',
      folds: withFolds ? Int32Array.from(ids, (id) => id.length) : undefined,
      groups: withGroups ? ids.map((id) => id.slice(1)) : undefined,
    });
  });

const plain = ({ ids, classes, values, kind, task, folds, groups }: Predictions) => {
  return { ids, classes, values, kind, task, folds, groups };
};

test('what is written is read, and written again as the same bytes', () => {
  fc.assert(
    fc.property(anyPredictions, (predictions) => {
      const bytes = encodePredictions(predictions);
      const copy = decodePredictions(bytes);
      expect(plain(copy)).toEqual(plain(predictions));
      expect(Buffer.compare(encodePredictions(copy), bytes)).toBe(0);
    }),
  );
});

test('golden: the bytes of the format', () => {
  const tiny = new Predictions({ ids: ['a'], classes: ['x'], values: Float32Array.of(1), kind: 'logits' });
  const header = '{"classes":["x"],"folds":false,"ids":["a"],"kind":"logits","task":"single-label"}';
  const body = Buffer.concat([
    Buffer.from('podpred1'),
    Buffer.from([header.length, 0, 0, 0]),
    Buffer.from(header),
    Buffer.from([0, 0, 0x80, 0x3f]),
  ]);
  const whole = Buffer.concat([body, Buffer.from(hashBytes(body), 'hex')]);
  expect(Buffer.from(encodePredictions(tiny)).equals(whole)).toBe(true);
});

test('reads from the middle of a larger buffer, at odd offsets', () => {
  const bytes = encodePredictions(sample);
  for (const offset of [0, 1, 2, 3]) {
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, offset);
    expect(plain(decodePredictions(larger.subarray(offset, offset + bytes.length)))).toEqual(plain(sample));
  }
});

test('detects every flipped bit and every truncation', () => {
  const bytes = encodePredictions(sample);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = damaged[at]! ^ (1 << (at % 8));
    expect(() => decodePredictions(damaged), `bit in byte ${at}`).toThrow(PodiumError);
    expect(() => decodePredictions(bytes.subarray(0, at)), `cut at ${at}`).toThrow(PodiumError);
  }
  expect(() => decodePredictions(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(/checksum does not match/);
});

/** A file with this header and body and a right checksum: what a mistaken or malicious writer makes. */
function forge(
  header: string | Uint8Array,
  body: Uint8Array,
  headerLength = Buffer.from(header).length,
): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(headerLength);
  const all = Buffer.concat([Buffer.from('podpred1'), length, Buffer.from(header), body]);
  return Buffer.concat([all, createHash('sha256').update(all).digest()]);
}

const honest = { classes: ['x', 'y'], folds: false, ids: ['a'], kind: 'logits', task: 'single-label' };
const body = new Uint8Array(8);
const json = (change: object) => JSON.stringify({ ...honest, ...change });

test('the forger can make an honest file', () => {
  expect(decodePredictions(forge(JSON.stringify(honest), body)).classes).toEqual(['x', 'y']);
});

test.each<[string, Uint8Array, RegExp]>([
  ['empty', new Uint8Array(), /does not start with the magic bytes/],
  [
    'of another kind',
    Buffer.from('\x93NUMPY and so on and so on and so on and so on'),
    /does not start with the magic bytes/,
  ],
  ['of a later version', Buffer.from('podpred2'), /unknown version: expected 1, got "2"/],
  ['cut in the prefix', Buffer.from('podpred1'), /truncated/],
  [
    'with a header longer than the file',
    forge(JSON.stringify(honest), body, 0xffffffff),
    /longer than the file/,
  ],
  ['with a header that ends early', forge(JSON.stringify(honest), body, 10), /not valid JSON/],
  ['with a header that is not UTF-8', forge(Uint8Array.of(0xff, 0xfe), body), /not valid JSON/],
  ['with a header that is null', forge('null', body), /lacks a key/],
  ['with a header that is a list', forge('[]', body), /lacks a key/],
  ['without ids', forge(json({ ids: undefined }), body), /lacks a key/],
  ['with ids that are numbers', forge(json({ ids: [1] }), body), /lacks a key/],
  ['with classes that are a string', forge(json({ classes: 'xy' }), body), /lacks a key/],
  ['with groups that are an object', forge(json({ groups: {} }), body), /lacks a key/],
  ['that says more rows than it has', forge(json({ ids: ['a', 'b'] }), body), /does not fit its values/],
  ['that says fewer rows than it has', forge(json({ ids: [] }), body), /does not fit its values/],
  ['that says folds and has none', forge(json({ folds: true }), body), /does not fit its values/],
  ['that has folds and does not say so', forge(json({}), new Uint8Array(12)), /does not fit its values/],
  ['with spaces in its header', forge(JSON.stringify(honest, undefined, 1), body), /canonical/],
  ['with a further key', forge(json({ zebra: 1 }), body), /canonical/],
  ['with a key twice', forge(json({}).replace('{', '{"folds":false,'), body), /canonical/],
  ['with a byte-order mark', forge(`\ufeff${json({})}`, body), /not valid JSON/],
  ['with __proto__', forge(json({}).replace('{', '{"__proto__":{"groups":["a"]},'), body), /canonical/],
])('rejects a file %s', (_, bytes, message) => {
  expect(() => decodePredictions(bytes)).toThrow(message);
  expect(() => decodePredictions(bytes)).toThrow(expect.objectContaining({ code: 'predictions-file' }));
});

test.each<[string, Uint8Array, RegExp]>([
  [
    'an unknown kind',
    forge(json({ kind: 'votes' }), body),
    /kind: expected probabilities\|logits\|numbers, got "votes"/,
  ],
  ['an id twice', forge(json({ ids: ['a', 'a'] }), new Uint8Array(16)), /id "a" occurs twice/],
  ['no class', forge(json({ classes: [] }), new Uint8Array()), /at least one class/],
  ['NaN', forge(json({}), Uint8Array.of(0, 0, 0xc0, 0x7f, 0, 0, 0, 0)), /row 0 \("a"\), class "x".*got NaN/],
  ['rows that sum to 0', forge(json({ kind: 'probabilities' }), body), /sum of 1, got 0/],
  [
    'too few groups',
    forge(json({ folds: false, groups: [] }), body),
    /groups: expected one per row, 1, got 0/,
  ],
])('rejects %s, even with a valid checksum', (_, bytes, message) => {
  expect(() => decodePredictions(bytes)).toThrow(message);
});

test('mutated files with valid checksums are decoded as they say or rejected', () => {
  const bytes = Buffer.from(encodePredictions(sample)).subarray(0, -32);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (changes) => {
        const changed = Buffer.from(bytes);
        for (const [at, value] of changes) changed[at] = value;
        const file = Buffer.concat([changed, createHash('sha256').update(changed).digest()]);
        try {
          expect(Buffer.from(encodePredictions(decodePredictions(file))).equals(file)).toBe(true);
        } catch (error) {
          if (!(error instanceof PodiumError)) throw error;
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test('through a file; a missing, cut or foreign file is named', async () => {
  const path = join(temporaryFolder(), 'oof.predictions');
  await expect(readPredictions(path)).rejects.toMatchObject({
    problem: { code: 'file-not-found', path: { file: path } },
  });
  await writePredictions(path, sample);
  expect(plain(await readPredictions(path))).toEqual(plain(sample));
  await truncate(path, (await readFile(path)).length - 1);
  await expect(readPredictions(path)).rejects.toMatchObject({
    problem: { code: 'predictions-file', path: { file: path } },
    message: expect.stringContaining(path),
  });
  await writeFile(path, forge(json({ ids: ['a', 'a'] }), new Uint8Array(16)));
  await expect(readPredictions(path)).rejects.toThrow(/oof.predictions: id "a" occurs twice/);
});
