import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageTransform } from '@podium/core';
import { afterAll, expect, test } from 'vitest';
import { imageSet } from '../../test/loader/image-set.ts';
import { CAT_DOG, row } from '../../test/rows.ts';
import { buildCache } from '../cache/build-cache.ts';
import { shuffled } from '../samplers/shuffled.ts';
import { createLoader } from './create-loader.ts';
import { splitViews } from './split-views.ts';
import type { Batch, LoaderOptions, TransformModule } from './types.ts';

const set = await imageSet(11);
const folder = mkdtempSync(join(tmpdir(), 'podium-views-'));
afterAll(() => {
  set.remove();
  rmSync(folder, { recursive: true, force: true });
});

const module = new URL('../../test/loader/transform.ts', import.meta.url).href;
/** More than half of the images, so that no JPEG is decoded at reduced size, which depends on all views. */
const size = 32;
const random: TransformModule = { module, factory: 'testTransform', argument: { size } };
const still = (name: string): TransformModule => ({
  module,
  factory: 'stillTransform',
  argument: { size, name },
});

const base: LoaderOptions = {
  rows: set.rows,
  root: set.root,
  heads: [CAT_DOG],
  batchSize: 4,
  imageSize: [size, size],
  seed: 3,
  sampler: shuffled(),
  epochs: 2,
  workers: 0,
};

/** One line per batch, with its content to the byte. */
function digest({ images, ...rest }: Batch): string {
  return JSON.stringify([createHash('sha256').update(images).digest('hex'), rest]);
}

async function digests(options: Partial<LoaderOptions>, view?: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of createLoader({ ...base, ...options })) {
    lines.push(digest(view === undefined ? batch : splitViews(batch)[view]!));
  }
  return lines;
}

const mixtures = {
  'one part for all': [still('whole'), still('mirrored')],
  'different parts': [random, still('whole'), still('left'), still('mirrored'), random],
  'no part': [still('asItIs'), still('asItIs')],
};

test.each(Object.entries(mixtures))(
  'each view equals that of a loader with it alone: %s',
  async (_, views) => {
    for (const [v, transform] of views.entries()) {
      expect(await digests({ views }, v), `view ${v}`).toEqual(await digests({ transform }));
    }
  },
);

test('the same bits for any number of workers, in float32, and from the middle of an epoch', async () => {
  const views = mixtures['different parts'];
  const lines = await digests({ views });
  for (const workers of [1, 3]) expect(await digests({ views, workers, inFlight: 5 })).toEqual(lines);
  const output = { type: 'float32', mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] } as const;
  expect(await digests({ views, output }, 2)).toEqual(await digests({ transform: still('left'), output }));

  const first = createLoader({ ...base, views });
  for await (const _ of first) break;
  const state = first.state();
  expect(await digests({ views, state, workers: 2 })).toEqual(lines.slice(1));
  const other = () => createLoader({ ...base, state, views: views.slice(1) });
  expect(other).toThrow(/a different views/);
});

test('a batch contains view after view of its rows', async () => {
  for await (const batch of createLoader({ ...base, views: [still('whole'), still('mirrored')] })) {
    const { images, shape, ids, views } = batch;
    expect(views).toBe(2);
    expect(shape).toEqual([2 * ids.length, size, size, 3]);
    const [plain, mirrored] = splitViews(batch) as [Batch, Batch];
    expect([plain.shape, plain.views, plain.ids]).toEqual([[ids.length, size, size, 3], 1, ids]);
    expect(plain.images.length + mirrored.images.length).toBe(images.length);
    expect(mirrored.images.subarray(0, 3)).toEqual(plain.images.subarray(3 * (size - 1), 3 * size));
    expect(batch.targets.label).toHaveLength(ids.length);
  }
});

test('broken images leave no gaps in any view', async () => {
  await writeFile(join(set.root, 'broken.jpg'), 'not an image');
  const rows = set.rows.map((one, i) =>
    i === 1 || i === 4 ? row(`broken${i}`, 'cat', { image: { kind: 'file', path: 'broken.jpg' } }) : one,
  );
  const views = mixtures['different parts'];
  for (const onBroken of ['skip', 'substitute'] as const) {
    for (const [v, transform] of views.entries()) {
      const alone = await digests({ rows, onBroken, transform });
      expect(await digests({ rows, onBroken, views }, v), `${onBroken}, view ${v}`).toEqual(alone);
    }
  }
});

test('also from a cache', async () => {
  const cache = { folder, shorterSide: 40 };
  await buildCache({ rows: set.rows, root: set.root, ...cache });
  const views = mixtures['different parts'];
  for (const memory of [0, 2 ** 20]) {
    for (const [v, transform] of views.entries()) {
      const alone = await digests({ cache: { ...cache, memory }, transform });
      expect(await digests({ cache: { ...cache, memory }, views }, v), `view ${v}`).toEqual(alone);
    }
  }
});

test('invalid views are errors', async () => {
  const views = [random];
  expect(() => createLoader({ ...base, views, transform: random })).toThrow(/transform or views, got both/);
  expect(() => createLoader({ ...base, views: [] })).toThrow(/views\.length/);
  const bare: ImageTransform = { apply: (image) => image };
  expect(() => createLoader({ ...base, workers: 1, views: [random, bare] })).toThrow(/views\[1\]/);
  const wrong = createLoader({ ...base, views: [random, bare] });
  await expect(wrong[Symbol.asyncIterator]().next()).rejects.toThrow(/returned an image of the wrong size/);
});
