import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hashValue } from '@podium/core';
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
const hashOf = (path: string) =>
  identify({ kind: 'folder', type: 't', path, linksAdvice: 'set my.setting: true' }, new FileHashes());

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

test('links in the folder are followed; those that lead out of it, also hidden ones, only if allowed', async () => {
  const [folder, other] = [someFolder(), someFolder()];
  const before = await hashOf(folder);
  symlinkSync('../train.csv', join(folder, 'images/table'));
  symlinkSync(folder, join(folder, 'images', 'back'));
  symlinkSync('user@host.1234', join(folder, '.#train.csv'));
  const paths = (await hashOf(folder)).files?.map(({ path }) => path);
  expect(paths).toEqual([...before.files!.map(({ path }) => path), 'images/table'].sort());
  for (const name of ['more', '.x', 'images/.y', 'Thumbs.db']) {
    symlinkSync(join(other, 'images'), join(folder, name));
    await expect(hashOf(folder)).rejects.toMatchObject({
      problem: {
        code: 'folder-outside-link',
        path: { file: name },
        fix: expect.stringContaining('my.setting'),
      },
    });
    const allowed = await identify(
      { kind: 'folder', type: 't', path: folder, allowOutsideLinks: true },
      new FileHashes(),
    );
    if (name !== 'Thumbs.db') expect(allowed.files?.map(({ path }) => path)).toContain(`${name}/10`);
    rmSync(join(folder, name));
  }
});

test('a broken link is named', async () => {
  const folder = someFolder();
  symlinkSync('missing', join(folder, 'images/broken'));
  await expect(hashOf(folder)).rejects.toMatchObject({
    problem: { code: 'folder-broken-link', path: { file: 'images/broken' } },
  });
});

test('a pipe in a source is named, and not opened', async () => {
  const folder = someFolder();
  execFileSync('mkfifo', [join(folder, 'images/.pipe')]);
  const problem = { code: 'folder-special-file', path: { file: 'images/.pipe' }, got: 'a named pipe' };
  await expect(hashOf(folder)).rejects.toMatchObject({ problem });
  const file = { kind: 'file', type: 't', path: join(folder, 'images/.pipe') } as const;
  await expect(identify(file, new FileHashes())).rejects.toMatchObject({ code: 'source-kind' });
  await expect(new FileHashes().hash(file.path)).rejects.toMatchObject({ code: 'file-special' });
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

test('a folder is identified the same with and without cached hashes, by its files; what is saved once stays', async () => {
  const folder = someFolder();
  const image = join(folder, 'images/10');
  const identity = await hashOf(folder);
  expect(identity.sha256).toBe(hashValue(identity.files?.map(({ path, sha256 }) => [path, sha256])));
  await new Promise((resolve) => setTimeout(resolve, 2100));
  const cache = join(temporaryFolder(), 'hashes.txt');
  const source = { kind: 'folder', type: 't', path: folder } as const;
  const hashes = new FileHashes(cache);
  expect(await identify(source, hashes)).toEqual(identity);
  await hashes.save();
  const { ino } = statSync(cache);
  await hashes.save();
  expect(statSync(cache).ino).toBe(ino);
  const cached = new FileHashes(cache);
  expect([...(await cached.unchanged(folder, ['images/10', 'train.csv', 'new'])).keys()]).toEqual([
    'images/10',
    'train.csv',
  ]);
  expect(await identify(source, cached)).toEqual(identity);
  const { atime, mtime } = statSync(image);
  writeFileSync(image, 'xx');
  utimesSync(image, atime, mtime);
  const changed = await identify(source, cached);
  expect(changed).toEqual(await hashOf(folder));
  expect(changed.sha256).not.toBe(identity.sha256);
  rmSync(image);
  expect(await cached.unchanged(folder, ['images/10'])).toEqual(new Map());
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
