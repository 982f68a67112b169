import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { image, png } from '../../test/images.ts';
import { CAT_DOG, row } from '../../test/rows.ts';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import { decodeImage } from '../decode/decode-image.ts';
import { type InspectOptions, inspectDataset, withReading } from '../inspect/inspect-dataset.ts';
import type { Head } from '../manifest/types.ts';
import { deepPng } from '../testing/deep-png.ts';
import { tiff } from '../testing/tiff.ts';

const SIDE = 64;
type Files = Readonly<Record<string, Uint8Array | string>>;

/** A training row per file, or a test row if its name begins with "test". */
async function inspect(files: Files, options: InspectOptions = {}) {
  const root = temporaryFolder();
  writeFiles(root, files);
  const rows = Object.keys(files).map((path) => row(path, 'cat', { image: { kind: 'file', path } }));
  const isTest = ({ id }: { id: string }) => id.startsWith('test');
  const [train, tests] = [rows.filter((item) => !isTest(item)), rows.filter(isTest)];
  const report = await inspectDataset(
    { layout: 'csv', root, heads: [CAT_DOG], train, test: tests, missing: [], unlisted: [] },
    { limits: { rareClass: 0 }, ...options },
  );
  const find = (check: string) => report.findings.filter((finding) => finding.check === check);
  /** The pixels that training would see. */
  const decode = async (id: string) => {
    const own = withReading(train, 'train', report).find((item) => item.id === id)!;
    return (await decodeImage(own.image, { root, mode: 'gray' })).data;
  };
  return { report, find, decode };
}

/** Gray values of a drawn image, from 0 to 255. */
const gray = async (seed: number) => image(seed, SIDE, SIDE).grayscale().extractChannel(0).raw().toBuffer();
const [ONE, TWO, THREE] = await Promise.all([gray(1), gray(2), gray(3)]);

const png16 = (values: Uint16Array) => deepPng(values, SIDE, SIDE);
const scaled = (values: Uint8Array, factor: number) => Uint16Array.from(values, (value) => value * factor);
const floats = (values: Uint8Array, white: number) =>
  tiff(
    Float32Array.from(values, (value) => (value / 255) * white),
    SIDE,
    SIDE,
    'float',
  );
const integers = (values: Uint8Array, factor: number, offset = 0) =>
  tiff(
    Int16Array.from(values, (value) => value * factor + offset),
    SIDE,
    SIDE,
    'int',
  );

const ALIKE: [title: string, files: Files, value: string, factor: number][] = [
  [
    '12 bits in 16',
    { a: await png16(scaled(ONE, 16)), b: await png16(scaled(TWO, 16)), c: await png(1) },
    '0 to 4095',
    (16 * 255) / 4095,
  ],
  [
    '10 bits in 16',
    { a: await png16(scaled(ONE, 4)), b: await png16(scaled(TWO, 4)) },
    '0 to 1023',
    1020 / 1023,
  ],
  ['all 16 bits', { a: await png16(scaled(ONE, 257)), b: await png16(scaled(TWO, 257)) }, '0 to 65535', 1],
  ['floats up to 1', { a: floats(ONE, 1), b: floats(TWO, 1) }, '0 to 1', 1],
  ['floats up to 255', { a: floats(ONE, 255), b: floats(TWO, 255) }, '0 to 255', 1],
  ['positive 16-bit numbers', { a: integers(ONE, 16), b: integers(TWO, 16) }, '0 to 4095', (16 * 255) / 4095],
];

const UNLIKE: [title: string, files: Files, says: RegExp][] = [
  [
    'floats of different kinds',
    { a: floats(ONE, 1), b: floats(TWO, 4000) },
    /floats with values from \S+ to \S+, but 1 of them has none above 1/,
  ],
  ['floats up to 4000', { a: floats(ONE, 4000), b: floats(TWO, 4000) }, /floats with values/],
  ['negative numbers', { a: integers(ONE, 10, -1000), b: integers(TWO, 10, -1000) }, /from -\d+ to \d+/],
  [
    '12 bits beside 16',
    { a: await png16(scaled(ONE, 257)), b: await png16(scaled(TWO, 4)), c: await png16(scaled(THREE, 4)) },
    /2 of them have no value above \d+ and would be nearly black/,
  ],
];

describe('images with more than 8 bits per channel', () => {
  test.each(ALIKE)('%s: scaled by what all have', async (_, files, value, factor) => {
    const { report, find, decode } = await inspect(files);
    expect(find('value-ranges')).toEqual([]);
    expect(report.decisions.map((decision) => decision.value)).toEqual([value]);
    const data = await decode('a');
    const difference =
      data.reduce((sum, pixel, i) => sum + Math.abs(pixel - ONE[i]! * factor), 0) / data.length;
    expect(difference).toBeLessThan(1);
    // Not only seen right in training: images that differ in nothing but their bits are not copies.
    expect(find('exact-duplicates')).toEqual([]);
    expect(find('blank-images')).toEqual([]);
  });

  test.each(UNLIKE)('%s: a question, and each answer settles it', async (_, files, says) => {
    const { report, find } = await inspect(files);
    const [finding] = find('value-ranges');
    expect(finding?.severity).toBe('error');
    expect(finding?.message).toMatch(says);
    expect(finding?.rows).toEqual(Object.keys(files));
    expect(report.reading).toEqual([]);
    // Nothing is concluded from images that may be black or white by mistake.
    expect(find('exact-duplicates').concat(find('blank-images'))).toEqual([]);
    const range = /data\.range: \[(.*?)\]/.exec(finding!.fix)![1]!.split(', ').map(Number) as [
      number,
      number,
    ];
    expect(finding!.fix).toContain('data.range: own');
    for (const answer of [range, 'own'] as const) {
      const answered = await inspect(files, { range: answer });
      expect(answered.find('value-ranges')).toEqual([]);
      expect(answered.report.reading.map(({ id }) => id)).toEqual(Object.keys(files));
    }
    const { decode } = await inspect(files, { range: 'own' });
    const data = await decode('b');
    expect([Math.min(...data), Math.max(...data)]).toEqual([0, 255]);
  });

  test('a range that no image needs is a warning', async () => {
    const files = { a: await png(1), b: await png(2) };
    expect((await inspect(files, { range: [0, 9] })).find('value-ranges')).toMatchObject([
      { severity: 'warning', rows: [] },
    ]);
    expect((await inspect(files)).find('value-ranges')).toEqual([]);
  });

  test('one dark image among many is not a question; neither is a blank one', async () => {
    const many = await Promise.all(
      Array.from({ length: 25 }, async (_, i) => [`${i}`, await png16(scaled(await gray(i), 257))] as const),
    );
    const files = Object.fromEntries(many);
    const dark = { ...files, x: await png16(scaled(ONE, 4)), y: await png16(new Uint16Array(SIDE * SIDE)) };
    expect((await inspect(dark)).find('value-ranges')).toEqual([]);
  });
});

const jpeg = await image(4, 256, 192).jpeg().toBuffer();
const cut = jpeg.subarray(0, Math.floor(jpeg.length * 0.7));

test('damaged images are faults, or used on request', async () => {
  const files = { a: cut, b: jpeg, test: cut };
  const faults = await inspect(files);
  expect(faults.find('truncated-images')).toMatchObject([
    { severity: 'error', rows: ['a', 'test'], splits: ['train', 'test'] },
  ]);
  expect(faults.find('truncated-images')[0]!.fix).toContain('data.damaged: use');
  const used = await inspect(files, { damaged: 'use' });
  expect(used.find('truncated-images')).toMatchObject([{ severity: 'warning', rows: ['a', 'test'] }]);
  expect(used.report.reading).toEqual([
    { split: 'train', id: 'a', damaged: true },
    { split: 'test', id: 'test', damaged: true },
  ]);
  expect((await used.decode('a')).length).toBe(256 * 192);
});

test('files that break the rules without harm are a note', async () => {
  const at = jpeg.indexOf('\xff\xdb', 0, 'latin1');
  const stray = Buffer.concat([jpeg.subarray(0, at), Buffer.alloc(18), jpeg.subarray(at)]);
  const { find, report } = await inspect({ a: stray, b: stray, test: stray });
  expect(report.counts.error).toBe(0);
  expect(find('unusual-files')).toMatchObject([{ severity: 'note', rows: ['a', 'b', 'test'] }]);
  expect(find('unusual-files')[0]!.message).toContain('a has bytes between its segments (3 such)');
});

test('files that cannot be read are named by their format', async () => {
  const lab = await sharp(await png(1))
    .tiff({ compression: 'none' })
    .toBuffer();
  lab[lab.indexOf('\x06\x01\x03\0', 0, 'latin1') + 8] = 8;
  const { find } = await inspect({
    'a.jp2': Buffer.from('\0\0\0\x0cjP  \r\n\x87\n'.padEnd(80), 'latin1'),
    'b.jp2': Buffer.from('\0\0\0\x0cjP  \r\n\x87\n'.padEnd(80), 'latin1'),
    'c.heic': '\0\0\0\x1cftypheic\0\0\0\0mif1heic'.padEnd(80),
    'd.jpg': 'BM\x36\x30\0\0\0\0\0\0\x36'.padEnd(80),
    'e.jpg': '<!DOCTYPE html><html>404</html>',
    'f.jxl': 'not JPEG XL',
    'g.tif': lab,
  });
  const [finding] = find('unreadable-images');
  expect(finding!.message).toBe(
    '7 images are unreadable: a.jp2 is JPEG 2000 (2 such), c.heic is HEIC, d.jpg is BMP, e.jpg is a web page, f.jxl is not an image, g.tif is TIFF in CIE L*a*b*',
  );
});

test('pages and frames beyond the first are told', async () => {
  const frames = await Promise.all([png(1), png(2)]);
  const gif = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
  const { find } = await inspect({ a: gif, b: await png(3) });
  expect(find('color-modes').map(({ message }) => message)).toContain(
    '1 image with several pages or frames: "a"',
  );
});

test('many classes with two images each: a few are named, and nothing suggests to drop all', async () => {
  const classes = Array.from({ length: 60 }, (_, i) => `c${i}`);
  const root = temporaryFolder();
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 120; i++) files[`${i}.png`] = await png(i, 32, 32);
  writeFiles(root, files);
  const head: Head = { name: 'label', task: 'single-label', classes };
  const train = Array.from({ length: 120 }, (_, i) => row(String(i), `c${i % 60}`));
  const { findings } = await inspectDataset(
    { layout: 'csv', root, heads: [head], train, test: [], missing: [], unlisted: [] },
    { checks: ['rare-classes'] },
  );
  expect(findings).toHaveLength(1);
  expect(findings[0]!.message).toBe(
    'all 60 classes of "label" with fewer than 10 different images: c0 2, c1 2, c2 2, c3 2, c4 2, c5 2, c6 2, c7 2, ...',
  );
  expect(findings[0]!.suggestedPatch).toBeUndefined();
});
