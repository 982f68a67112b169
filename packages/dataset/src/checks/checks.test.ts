import { crc32, deflateSync } from 'node:zlib';
import { Rng } from '@podium/core';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { image as drawn, png } from '../../test/images.ts';
import { CAT_DOG, row } from '../../test/rows.ts';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import {
  assertNoLeaks,
  duplicateSets,
  type InspectOptions,
  inspectDataset,
  proposePatch,
} from '../inspect/inspect-dataset.ts';
import type { DatasetDescription } from '../layouts/layout.ts';
import { applyPatch } from '../manifest/patch.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { checks } from './index.ts';

interface Made {
  readonly train?: readonly ManifestRow[];
  readonly test?: readonly ManifestRow[];
  readonly external?: readonly ManifestRow[];
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly more?: Partial<DatasetDescription>;
}

/** Few images are what all these sets have; what a test is about is looked at without that. */
const QUIET = { rareClass: 0, nearMinSide: 32 };

function describeSet({ train = [], test: tests = [], files = {}, more = {} }: Made): DatasetDescription {
  const root = temporaryFolder();
  writeFiles(root, files);
  return { layout: 'csv', root, heads: [CAT_DOG], train, test: tests, missing: [], unlisted: [], ...more };
}

async function inspect(made: Made, options: InspectOptions = {}) {
  const description = describeSet(made);
  const external = made.external && { external: { root: description.root, rows: made.external } };
  return inspectDataset(description, { limits: QUIET, ...external, ...options });
}

/** Severity, check and rows of all findings. */
async function found(made: Made, options?: InspectOptions) {
  const { findings } = await inspect(made, options);
  return findings.map(({ severity, check, rows }) => `${severity} ${check}: ${rows.join(' ')}`);
}

const [ONE, TWO, THREE] = await Promise.all([png(1), png(2), png(3)]);
const outside = { provenance: { kind: 'external', source: 'web' } } as const;

test('every check has a summary', () => {
  for (const { name, summary } of checks) expect(`${name}: ${summary}`).toMatch(/^[a-z-]+: .{20,110}$/);
});

test('a clean dataset has no findings', async () => {
  const made = {
    train: [row('a', 'cat'), row('b', 'dog')],
    test: [row('c', undefined)],
    files: { 'a.png': ONE, 'b.png': TWO, 'c.png': THREE },
  };
  expect(await inspect(made)).toMatchObject({
    findings: [],
    failures: [],
    counts: { leak: 0, error: 0, warning: 0, note: 0 },
    rows: { train: 2, test: 1, external: 0 },
    images: 3,
  });
});

/** A PNG that claims a large size, with hardly any bytes. */
function bomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const data = deflateSync(Buffer.alloc(1000));
  const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([start, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

const jpeg = await drawn(4).jpeg().toBuffer();

test.each([
  ['no bytes', Buffer.alloc(0), 'error empty-images: a'],
  ['text', Buffer.from('hello'), 'error unreadable-images: a'],
  ['a web page', Buffer.from('<!DOCTYPE html><html>404</html>'), 'error unreadable-images: a'],
  [
    'SVG, which may refer to other files',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    'error unreadable-images: a',
  ],
  ['half a header', ONE.subarray(0, 20), 'error unreadable-images: a'],
  ['half an image', jpeg.subarray(0, jpeg.length * 0.6), 'error truncated-images: a'],
  ['a decompression bomb', bomb(60_000, 60_000), 'error oversized-images: a'],
  ['no file', undefined, 'error unreadable-images: a'],
])('reports an image with %s, and proposes to drop it', async (_, bytes, expected) => {
  const made = {
    train: [row('a', 'cat'), row('b', 'dog')],
    files: { ...(bytes && { 'a.png': bytes }), 'b.png': TWO },
  };
  expect(await found(made)).toContain(expected);
  const patch = proposePatch(await inspect(made));
  expect(patch.entries).toMatchObject([{ action: 'drop', id: 'a' }]);
  expect(applyPatch({ heads: [CAT_DOG], rows: made.train }, patch).rows).toHaveLength(1);
});

test('a broken test image: its split is told, and a patch drops it only among test rows', async () => {
  const made = {
    train: [row('t', 'cat')],
    test: [row('t', undefined, { image: { kind: 'file', path: 'u.png' } })],
  };
  const report = await inspect({ ...made, files: { 't.png': ONE, 'u.png': '' } });
  const [empty] = report.findings.filter(({ check }) => check === 'empty-images');
  expect(empty).toMatchObject({ rows: ['t'], splits: ['test'] });
  const patch = proposePatch(report);
  expect(patch.entries).toMatchObject([{ action: 'drop', split: 'test', id: 't' }]);
  expect(proposePatch(report, { splits: ['train'] }).entries).toEqual([]);
  const heads = [CAT_DOG];
  expect(applyPatch({ heads, rows: made.train }, patch).rows).toHaveLength(1);
  expect(applyPatch({ heads, rows: made.test }, patch, undefined, 'test').rows).toEqual([]);
});

test.each([
  ['CMYK', () => drawn(5).toColorspace('cmyk').jpeg(), 'note color-modes: a'],
  ['16 bits per channel', () => drawn(5).toColorspace('rgb16').png(), 'note color-modes: a'],
  ['a palette', () => drawn(5).png({ palette: true }), 'note color-modes: a'],
  ['transparency', () => drawn(5).ensureAlpha(0.5).png(), 'note color-modes: a'],
  ['gray among color', () => drawn(5).grayscale().png(), 'note color-modes: a'],
  ['EXIF rotation', () => drawn(5).withMetadata({ orientation: 6 }).jpeg(), 'note exif-rotation: a'],
  ['another format than its name', () => drawn(5).gif(), 'note wrong-extension: a'],
  [
    'one color',
    () => sharp({ create: { width: 50, height: 50, channels: 3, background: '#123456' } }).png(),
    'warning blank-images: a',
  ],
])('notes %s', async (_, make, expected) => {
  const files = { 'a.png': await make().toBuffer(), 'b.png': TWO };
  expect(await found({ train: [row('a', 'cat'), row('b', 'dog')], files })).toContain(expected);
});

test('rotated pixels and EXIF rotation are the same image', async () => {
  const turned = await sharp(ONE).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer();
  expect(
    await found({ train: [row('a', 'cat'), row('b', 'cat')], files: { 'a.png': ONE, 'b.png': turned } }),
  ).toContain('warning exact-duplicates: a b');
});

test('rare classes: copies and images with conflicting labels do not count', async () => {
  const train = [
    row('a', 'cat'),
    row('b', 'cat'),
    row('c', 'cat'),
    row('d', 'dog'),
    row('e', 'dog'),
    row('f', 'dog'),
  ];
  const files = {
    'a.png': ONE,
    'b.png': ONE,
    'c.png': TWO,
    'd.png': TWO,
    'e.png': THREE,
    'f.png': await png(6),
  };
  const { findings } = await inspect(
    { train, files },
    { limits: { rareClass: 2 }, checks: ['rare-classes'] },
  );
  expect(findings[0]).toMatchObject({
    rows: ['a', 'b', 'c'],
    message: expect.stringContaining('images: cat 1'),
  });
});

test('rows without images, images without rows, ids in both splits, rows without labels', async () => {
  const missing = [
    { id: 'm', split: 'train', table: 'train.csv', line: 7 },
    { id: 'n', split: 'test', table: 'test.csv', line: 9 },
  ] as const;
  const files = { 'a.png': ONE, 'b.png': TWO, 'c.png': THREE };
  const image = { kind: 'file', path: 'c.png' } as const;
  const made = {
    train: [row('a', 'cat'), row('b', undefined)],
    test: [row('a', undefined, { image })],
    files,
    more: { missing, unlisted: ['x.png'] },
  };
  expect(await found(made)).toEqual([
    'error missing-images: m',
    'error missing-images: n',
    'warning shared-ids: a',
    'warning unlabeled-rows: b',
    'note unlisted-images: x.png',
  ]);
  const same = {
    train: [row('a', 'cat')],
    test: [row('t', undefined, { image: { kind: 'file', path: 'a.png' } })],
    files,
  };
  expect(await found(same)).toContain('leak shared-ids: t');
});

test('copies: in training, with different labels, across folds and splits', async () => {
  const files = {
    'a.png': ONE,
    'b.png': ONE,
    'c.png': TWO,
    'd.png': TWO,
    't.png': THREE,
    'e.png': THREE,
    'f.png': THREE,
  };
  const train = [
    row('a', 'cat', { fold: 0 }),
    row('b', 'cat', { fold: 1 }),
    row('c', 'cat', { fold: 0 }),
    row('d', 'dog', { fold: 0 }),
    row('f', 'dog', { fold: 0 }),
  ];
  const made = { train, test: [row('t', undefined)], external: [row('e', 'dog', outside)], files };
  expect(await found(made)).toEqual([
    'leak exact-duplicates-across-folds: a b',
    'leak exact-duplicates-across-splits: f t e',
    'error conflicting-labels: c d',
    'warning exact-duplicates: a b',
  ]);
  const report = await inspect(made);
  expect(proposePatch(report).entries.map(({ action, id }) => `${action} ${id}`)).toEqual([
    'drop b',
    'drop c',
    'drop d',
    'drop f',
  ]);
  expect(duplicateSets(report)).toEqual([
    ['c', 'd'],
    ['a', 'b'],
  ]);
});

test('near duplicates: scaled, recompressed, brighter; not images that only have similar colors', async () => {
  const files = {
    'a.png': ONE,
    'b.png': await drawn(1).resize(60).jpeg({ quality: 60 }).toBuffer(),
    'c.png': await drawn(1).linear(1.05, 8).png().toBuffer(),
    'd.png': await sharp(ONE).flop().png().toBuffer(),
    'e.png': TWO,
  };
  const train = [
    row('a', 'cat', { group: 'x' }),
    row('b', 'cat'),
    row('c', 'cat'),
    row('d', 'dog'),
    row('e', 'dog', { group: 'x' }),
  ];
  const report = await inspect({ train, files });
  const [finding] = report.findings.filter(({ check }) => check === 'near-duplicates');
  expect(finding?.sets).toEqual([['a', 'b', 'c']]);
  const { rows } = applyPatch(
    { heads: [CAT_DOG], rows: train },
    proposePatch(report, { checks: ['near-duplicates'] }),
  );
  expect(rows.map(({ group }) => group)).toEqual(['x', 'x', 'x', undefined, 'x']);
  const folds = train.map((item, i) => ({ ...item, fold: i % 2 }));
  expect(await found({ train: folds, files })).toContain('leak near-duplicates-across-folds: a b c');
  const split = {
    train: train.slice(0, 1),
    test: [row('b', undefined)],
    external: [row('d', 'cat', outside)],
    files,
  };
  expect(await found(split)).toContain('warning near-duplicates-across-splits: a b');
  const web = { train: train.slice(0, 1), external: [row('c', 'cat', outside)], files };
  expect(await found(web)).toContain('leak near-duplicates-across-splits: a c');
});

test('embeddings find duplicates that pixels do not', async () => {
  const files = { 'a.png': ONE, 'b.png': TWO, 'c.png': THREE };
  const train = [row('a', 'cat'), row('b', 'cat'), row('c', 'cat')];
  const embeddings = { ids: ['a', 'b', 'c'], values: Float32Array.of(1, 0, 0, 1, 2, 0.02), width: 2 };
  const [finding] = (await inspect({ train, files }, { embeddings })).findings;
  expect(finding).toMatchObject({ check: 'near-duplicates', sets: [['a', 'c']] });
  const bad = inspect({ train, files }, { embeddings: { ...embeddings, width: 3 } });
  await expect(bad).rejects.toThrow('expected finite values, 3 ids x width');
});

test('a column that may group rows, while no group is set', async () => {
  const possibleGroups = [{ table: 'train.csv', column: 'patient_id', groups: 2, rows: 3 }];
  const { findings } = await inspect({ more: { possibleGroups } });
  expect(findings[0]).toMatchObject({
    check: 'missing-groups',
    fix: expect.stringContaining('set data.options.group: "patient_id"'),
  });
  const chosen = possibleGroups.map((group) => ({ ...group, isChosen: true }));
  expect((await inspect({ more: { possibleGroups: chosen } })).findings).toEqual([]);
});

test('groups across folds, test and external images', async () => {
  const files = { 'a.png': ONE, 'b.png': TWO, 't.png': THREE, 'e.png': await png(7) };
  const group = { group: 'g' };
  const train = [row('a', 'cat', { fold: 0, ...group }), row('b', 'cat', { fold: 1, ...group })];
  expect(await found({ train, files })).toEqual(['leak groups-across-folds: a b']);
  const tested = { train: train.slice(0, 1), test: [row('t', undefined, group)], files };
  expect(await found(tested)).toEqual(['warning groups-across-splits: a t']);
  const more = { train: train.slice(0, 1), external: [row('e', 'cat', { ...group, ...outside })], files };
  expect(await found(more)).toEqual(['leak groups-across-splits: a e']);
});

test('a leak is an error unless it is accepted by name', async () => {
  const made = {
    train: [row('a', 'cat')],
    test: [row('b', undefined)],
    files: { 'a.png': ONE, 'b.png': ONE },
  };
  const report = await inspect(made);
  expect(() => assertNoLeaks(report)).toThrow('data.accept: [exact-duplicates-across-splits]');
  const accepting = await inspect(made, { accept: ['exact-duplicates-across-splits'] });
  expect(accepting.findings).toHaveLength(1);
  expect(() => assertNoLeaks(accepting)).not.toThrow();
  await expect(inspect(made, { accept: ['exact-duplicates-across-split'] })).rejects.toThrow('did you mean');
});

test('pixels inside other files are scanned too', async () => {
  const raw = (offset: number) =>
    ({ image: { kind: 'raw', path: 'm.bin', offset, width: 2, height: 2, channels: 1 } }) as const;
  const text = (offset: number, length: number) =>
    ({ image: { kind: 'text', path: 'm.csv', offset, length, width: 2, height: 2, channels: 1 } }) as const;
  const train = [
    row('a', 'cat', raw(0)),
    row('b', 'cat', raw(4)),
    row('c', 'cat', text(0, 9)),
    row('d', 'cat', text(10, 11)),
    row('e', 'dog', raw(6)),
  ];
  const files = { 'm.bin': Buffer.from([9, 9, 200, 30, 9, 9, 200, 30]), 'm.csv': '9,9,200,3\n9,9,200,999' };
  expect(await found({ train, files })).toEqual([
    'error truncated-images: e',
    'error unreadable-images: d',
    'warning exact-duplicates: a b',
  ]);
});

test('the report does not depend on concurrency; progress is reported; inspection can be aborted', async () => {
  const ids = Array.from({ length: 12 }, (_, i) => `${i}`);
  const files = Object.fromEntries(
    await Promise.all(ids.map(async (id) => [`${id}.png`, await png(Number(id) % 9)] as const)),
  );
  const made = { train: ids.map((id) => row(id, 'cat')), files };
  const steps: number[] = [];
  const one = await inspect(made, { concurrency: 1, onProgress: (done, total) => steps.push(done / total) });
  expect(await inspect(made, { concurrency: 8 })).toEqual(one);
  expect([steps.length, steps.at(-1)]).toEqual([12, 1]);
  await expect(inspect(made, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  await expect(inspect(made, { limits: { nearBits: 7 } })).rejects.toThrow(
    'limits.nearBits: expected a number from 0 to 6',
  );
  await expect(inspect(made, { checks: ['exact-duplicate'] })).rejects.toThrow(
    'did you mean "exact-duplicates"?',
  );
});

test('a file with many rows is scanned once', async () => {
  let total = 0;
  const train = Array.from({ length: 500 }, (_, i) =>
    row(`${i}`, 'cat', { image: { kind: 'file', path: 'a.png' } }),
  );
  await inspect({ train, files: { 'a.png': ONE } }, { onProgress: (_, all) => (total = all) });
  expect(total).toBe(1);
});

test('200 damaged images: none crashes or hangs, and clear damage is reported', async () => {
  const rng = Rng.fromSeed(11);
  const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff'] as const;
  const good = await Promise.all(formats.map((format) => drawn(12).toFormat(format).toBuffer()));
  const files: Record<string, Uint8Array> = {};
  const plain: string[] = [];
  for (let i = 0; i < 200; i++) {
    const own = rng.split(i);
    const bytes = Buffer.from(own.choice(good));
    const id = String(i).padStart(3, '0');
    const kind = i % 5;
    if (kind === 0) files[`${id}.png`] = bytes.subarray(0, own.int(Math.floor(bytes.length / 2)));
    else if (kind === 1) files[`${id}.png`] = Buffer.alloc(own.bool() ? 0 : 1 + own.int(5000));
    else if (kind === 2) files[`${id}.png`] = bomb(20_000 + own.int(1e6), 20_000 + own.int(1e6));
    else if (kind === 3)
      files[`${id}.png`] = bytes.map((byte, at) => (at > 3 && own.float() < 0.5 ? own.int(256) : byte));
    else {
      for (let n = 0; n < 8; n++) bytes[own.int(bytes.length)] = own.int(256);
      files[`${id}.png`] = bytes;
      continue;
    }
    plain.push(id);
  }
  const train = Object.keys(files).map((name) => row(name.slice(0, 3), 'cat'));
  const { findings } = await inspect({ train, files });
  const errors = new Set(findings.filter(({ severity }) => severity === 'error').flatMap(({ rows }) => rows));
  expect(plain.filter((id) => !errors.has(id))).toEqual([]);
});
