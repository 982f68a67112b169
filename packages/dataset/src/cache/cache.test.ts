import { spawn } from 'node:child_process';
import { copyFile, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { image as drawn } from '../../test/images.ts';
import { type ImageSet, imageSet } from '../../test/loader/image-set.ts';
import { row } from '../../test/rows.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { createLoader } from '../loader/create-loader.ts';
import type { LoaderEvent, LoaderOptions } from '../loader/types.ts';
import { deepPng } from '../testing/deep-png.ts';
import { buildCache, type CacheEvent } from './build-cache.ts';

const set = await imageSet(12);
afterAll(() => set.remove());
const module = new URL('../../test/loader/transform.ts', import.meta.url).href;

interface Loaded {
  readonly images: readonly string[];
  readonly events: readonly LoaderEvent[];
}

/** All images of two epochs, from a cache. */
async function load(
  folder: string,
  { root, rows }: Pick<ImageSet, 'root' | 'rows'>,
  options: Partial<LoaderOptions> & { memory?: number } = {},
): Promise<Loaded> {
  const events: LoaderEvent[] = [];
  const shown: string[] = [];
  const loader = createLoader({
    rows,
    root,
    batchSize: 5,
    imageSize: [16, 16],
    seed: 1,
    epochs: 2,
    workers: 0,
    transform: { module, factory: 'testTransform', argument: { size: 16 } },
    cache: { folder, shorterSide: 40, memory: options.memory },
    onEvent: (event) => events.push(event),
    ...options,
  });
  for await (const { images } of loader) shown.push(Buffer.from(images.slice()).toString('base64'));
  return { images: shown, events };
}

const build = (folder: string, more: Partial<Parameters<typeof buildCache>[0]> = {}) =>
  buildCache({ rows: set.rows, root: set.root, folder, shorterSide: 40, ...more });

async function shards(folder: string): Promise<string[]> {
  const [inside] = await readdir(folder);
  const files = await readdir(join(folder, inside!));
  return files.filter((name) => name.endsWith('.shard')).map((name) => join(folder, inside!, name));
}

test('gives the same images cached or not, in memory or in shards, in threads or without', async () => {
  const empty = await load(temporaryFolder(), set);
  const folder = temporaryFolder();
  expect(await build(folder, { shardBytes: 20_000 })).toEqual({ stored: 12, added: 12, broken: 0 });
  expect((await shards(folder)).length).toBeGreaterThan(2);
  for (const options of [{}, { memory: 0 }, { memory: 0, workers: 2 }, { workers: 1 }]) {
    expect(await load(folder, set, options), JSON.stringify(options)).toEqual(empty);
  }
  expect(await build(folder)).toEqual({ stored: 12, added: 0, broken: 0 });
  // Whole images too, without a window.
  const plain = { transform: undefined, imageSize: [40, 40] } as unknown as Partial<LoaderOptions>;
  expect((await load(folder, set, { ...plain, memory: 0 })).images).toEqual(
    (await load(temporaryFolder(), set, plain)).images,
  );
});

test('a changed file is decoded again, a copy is stored once, a broken file is reported', async () => {
  const root = temporaryFolder();
  const folder = temporaryFolder();
  const rows = ['a', 'b', 'c'].map((id) =>
    row(id, undefined, { image: { kind: 'file', path: `${id}.jpg` } }),
  );
  for (const name of ['a', 'b']) await copyFile(join(set.root, 'p000.jpg'), join(root, `${name}.jpg`));
  await writeFile(join(root, 'c.jpg'), 'no image');
  const events: CacheEvent[] = [];
  const options = { rows, root, onEvent: (event: CacheEvent) => events.push(event) };
  expect(await build(folder, options)).toEqual({ stored: 1, added: 1, broken: 1 });
  expect(events).toMatchObject([
    { kind: 'broken-image', id: 'c', index: 2, problem: { code: 'image-format' } },
    { kind: 'stored', images: 1 },
  ]);
  const before = await load(folder, { root, rows }, { onBroken: 'skip' });

  await writeFile(join(root, 'b.jpg'), await drawn(99, 61, 50).jpeg().toBuffer());
  await utimes(join(root, 'b.jpg'), 1, 1);
  const after = await load(folder, { root, rows }, { onBroken: 'skip' });
  expect(after.images).not.toEqual(before.images);
  expect(after).toEqual(await load(temporaryFolder(), { root, rows }, { onBroken: 'skip' }));
  expect(await build(folder, { rows, root })).toEqual({ stored: 2, added: 1, broken: 1 });
});

test('flipped bits are detected and reported, and the images decoded again', async () => {
  const folder = temporaryFolder();
  const expected = await load(temporaryFolder(), set);
  await build(folder);
  const [shard] = (await shards(folder)) as [string];
  const bytes = await readFile(shard);
  for (const at of [5, 9000, 30_000]) bytes[at] = bytes[at]! ^ 0x10;
  await writeFile(shard, bytes);
  for (const options of [{}, { memory: 0 }, { workers: 2 }]) {
    const { images, events } = await load(folder, set, options);
    expect(images).toEqual(expected.images);
    expect(events.map((event) => event.kind)).toEqual(['cache-damaged', 'cache-damaged', 'cache-damaged']);
    expect(events[0]).toMatchObject({ shard: shard.split('/').at(-1) });
  }
});

test('a shard that is truncated, or whose index changed, counts as missing and is rebuilt', async () => {
  const expected = await load(temporaryFolder(), set);
  for (const damage of [
    async (shard: string) => truncate(shard, 1000),
    async (shard: string) => truncate(shard, 3),
    async (shard: string) => {
      const bytes = await readFile(shard);
      const at = bytes.length - 100;
      bytes[at] = bytes[at]! ^ 1;
      await writeFile(shard, bytes);
    },
  ]) {
    const folder = temporaryFolder();
    await build(folder);
    await damage((await shards(folder))[0]!);
    expect(await load(folder, set)).toEqual(expected);
    const events: CacheEvent[] = [];
    expect(await build(folder, { onEvent: (event) => events.push(event) })).toMatchObject({ added: 12 });
    expect(events[0]).toMatchObject({ kind: 'shard-unusable' });
    expect(await load(folder, set)).toEqual(expected);
  }
});

test('a shard that is truncated while a loader reads it is detected', async () => {
  const folder = temporaryFolder();
  const expected = await load(temporaryFolder(), set);
  await build(folder);
  const [shard] = (await shards(folder)) as [string];
  const shown: string[] = [];
  const events: LoaderEvent[] = [];
  const loader = createLoader({
    rows: set.rows,
    root: set.root,
    batchSize: 5,
    imageSize: [16, 16],
    seed: 1,
    epochs: 2,
    workers: 0,
    prefetch: 1,
    transform: { module, factory: 'testTransform', argument: { size: 16 } },
    cache: { folder, shorterSide: 40, memory: 0 },
    onEvent: (event) => events.push(event),
  });
  for await (const { images } of loader) {
    shown.push(Buffer.from(images.slice()).toString('base64'));
    await truncate(shard, 0);
  }
  expect(shown).toEqual(expected.images);
  expect(events.length).toBeGreaterThan(0);
});

test('kill -9 during a build leaves only complete shards, and the next build resumes', async () => {
  const folder = temporaryFolder();
  const script = join(import.meta.dirname, '../../test/loader/build.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=@podium/source', '--import', 'tsx', script, set.root, folder],
    {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let lines = 0;
  for await (const chunk of child.stdout) {
    lines += String(chunk).split('\n').length - 1;
    if (lines >= 3) child.kill('SIGKILL');
  }
  const built = await build(folder, { shardBytes: 1 });
  expect(built.stored).toBe(12);
  expect(built.added).toBeLessThanOrEqual(9);
  expect(await load(folder, set)).toEqual(await load(temporaryFolder(), set));
  const left = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.tmp'));
  expect(left).toEqual([]);
});

test('a build can be aborted, and a folder that cannot be created is an error', async () => {
  const folder = temporaryFolder();
  await expect(build(folder, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(build(file)).rejects.toMatchObject({ code: 'file-not-found' });
});

test('one file scaled by two ranges is stored twice', async () => {
  const root = temporaryFolder();
  const folder = temporaryFolder();
  const values = Uint16Array.from({ length: 64 * 48 }, (_, i) => i);
  await writeFile(join(root, 'deep.png'), await deepPng(values, 64, 48));
  const deep = (range: readonly [number, number]) => [
    row('a', undefined, { image: { kind: 'file', path: 'deep.png', range } }),
  ];
  const shown: unknown[] = [];
  for (const range of [
    [0, 4095],
    [0, 1023],
  ] as const) {
    expect(await build(folder, { root, rows: deep(range) })).toMatchObject({ added: 1 });
    const own = await load(folder, { root, rows: deep(range) });
    expect(own).toEqual(await load(temporaryFolder(), { root, rows: deep(range) }));
    shown.push(own.images);
  }
  expect(shown[0]).not.toEqual(shown[1]);
});
