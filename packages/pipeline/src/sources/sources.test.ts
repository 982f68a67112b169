import {
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/graphs.ts';
import { FileHashes } from './file-hashes.ts';
import { identify } from './identify.ts';

const OLD = new Date('2020-01-01');

function someFolder(): string {
  const folder = join(temporaryFolder(), 'data');
  mkdirSync(join(folder, 'images'), { recursive: true });
  writeFileSync(join(folder, 'train.csv'), 'a,b\n');
  for (const name of ['ä b', '10', '2']) writeFileSync(join(folder, 'images', name), name);
  return folder;
}
const hashOf = (path: string) => identify({ kind: 'folder', type: 't', path }, new FileHashes());

test('a folder is identified by the paths and bytes of its files, not by dates, empty folders or .DS_Store', async () => {
  const folder = someFolder();
  const before = await hashOf(folder);
  expect(before).toMatchObject({ kind: 'folder', bytes: 11 });
  expect(before.files?.map(({ path }) => path)).toEqual(['images/10', 'images/2', 'images/ä b', 'train.csv']);
  utimesSync(join(folder, 'train.csv'), OLD, OLD);
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, '.DS_Store'), 'x');
  expect((await hashOf(folder)).sha256).toBe(before.sha256);
  renameSync(join(folder, 'images/2'), join(folder, 'images/3'));
  const renamed = await hashOf(folder);
  expect(renamed.sha256).not.toBe(before.sha256);
  writeFileSync(join(folder, 'train.csv'), 'a,c\n');
  expect((await hashOf(folder)).sha256).not.toBe(renamed.sha256);
});

test('links are followed, and a cycle is reported', async () => {
  const [folder, other] = [someFolder(), someFolder()];
  symlinkSync(join(other, 'images'), join(folder, 'more'));
  expect((await hashOf(folder)).files?.map(({ path }) => path)).toContain('more/10');
  symlinkSync(folder, join(folder, 'images', 'back'));
  await expect(hashOf(folder)).rejects.toMatchObject({ code: 'source-link-cycle' });
});

test('a missing source, or a file instead of a folder, is an error', async () => {
  const folder = someFolder();
  await expect(hashOf(join(folder, 'x'))).rejects.toMatchObject({ code: 'file-not-found' });
  await expect(hashOf(join(folder, 'train.csv'))).rejects.toMatchObject({
    problem: { code: 'source-kind', expected: 'a folder', got: 'a file' },
  });
});

/** A file with a cached hash. Its change time cannot be set, so this waits until it counts as old. */
async function cachedFile(): Promise<{ file: string; cache: string; open: () => FileHashes }> {
  const folder = temporaryFolder();
  const [file, cache] = [join(folder, 'x.jpg'), join(folder, 'cache', 'hashes.txt')];
  writeFileSync(file, 'one');
  utimesSync(file, OLD, OLD);
  // Older than two seconds by the disk's clock.
  await new Promise((resolve) => setTimeout(resolve, 2100));
  const hashes = new FileHashes(cache);
  await hashes.hash(file);
  await hashes.save();
  return { file, cache, open: () => new FileHashes(cache) };
}

test('caches hashes; a replacement of the same size and date is noticed; a damaged cache is ignored', async () => {
  const { file, cache, open } = await cachedFile();
  const real = await new FileHashes().hash(file);
  const text = readFileSync(cache, 'utf8');
  expect(text).toContain(real.sha256);
  // A wrong hash with the right checksum is believed, which shows that the cache is read.
  writeFileSync(cache, text.replace(real.sha256, 'f'.repeat(64)));
  expect(await open().hash(file)).toEqual(real);
  const { hashBytes } = await import('@podium/core');
  const body = text.slice(65).replace(real.sha256, 'f'.repeat(64));
  writeFileSync(cache, `${hashBytes(body)}\n${body}`);
  expect((await open().hash(file)).sha256).toBe('f'.repeat(64));
  expect(await open().hash(file, true)).toEqual(real);
  const { atime, mtime } = statSync(file);
  writeFileSync(file, 'two');
  utimesSync(file, atime, mtime);
  expect((await open().hash(file)).sha256).toBe((await new FileHashes().hash(file)).sha256);
});

test('a file that changed a moment ago is not cached', async () => {
  const folder = temporaryFolder();
  const cache = join(folder, 'hashes.txt');
  writeFileSync(join(folder, 'x'), 'x');
  const hashes = new FileHashes(cache);
  await hashes.hash(join(folder, 'x'));
  await hashes.save();
  expect(() => readFileSync(cache)).toThrow('ENOENT');
});
