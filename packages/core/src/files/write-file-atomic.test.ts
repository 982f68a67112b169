import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { chmod, link, lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mountDisk, withDisks } from '@podium/test-kit/disks';
import { withoutSuperuser } from '@podium/test-kit/superuser';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { removeStaleTemporaries } from './temporary-files.ts';
import { appendToFile, writeFileAtomic, writeMark } from './write-file-atomic.ts';

const SIZE = 4 << 20;

test('writes text and bytes, whole or in pieces, new or over what was there', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x.txt');
  async function* pieces() {
    yield 'grüße ';
    yield new Uint8Array();
    yield Buffer.from('bytes');
  }
  const contents: [Parameters<typeof writeFileAtomic>[1], string][] = [
    ['text: ü', 'text: ü'],
    ['', ''],
    [Buffer.from('some longer bytes'), 'some longer bytes'],
    [['a', 'b', Buffer.from('c')], 'abc'],
    [pieces(), 'grüße bytes'],
  ];
  for (const [content, text] of contents) {
    await writeFileAtomic(path, content);
    expect(await readFile(path, 'utf8')).toBe(text);
  }
  expect(await readdir(folder)).toEqual(['x.txt']);
});

test('takes a path relative to the working folder, and a name as long as the file system allows', async () => {
  const folder = temporaryFolder();
  const name = 'n'.repeat(255);
  await writeFileAtomic(join(folder, name), 'long');
  expect(await readFile(join(folder, name), 'utf8')).toBe('long');
  const relative = `.podium-test-${process.pid}`;
  onTestFinished(() => rm(relative, { force: true }));
  await writeFileAtomic(relative, 'here');
  expect(await readFile(relative, 'utf8')).toBe('here');
});

test('keeps the permissions of a file', async () => {
  const target = join(temporaryFolder(), 'target');
  await writeFile(target, 'before');
  await chmod(target, 0o640);
  await writeFileAtomic(target, 'after');
  expect(await readFile(target, 'utf8')).toBe('after');
  expect((await stat(target)).mode & 0o777).toBe(0o640);
  await chmod(target, 0o766);
  await writeFileAtomic(target, 'closed', { mode: 0o755 });
  expect((await stat(target)).mode & 0o777).toBe(0o744);
});

test('replaces a symbolic link, and leaves its target alone', async () => {
  const folder = temporaryFolder();
  await writeFile(join(folder, 'target'), 'canary');
  for (const [name, target] of [
    ['link', 'target'],
    ['broken', 'missing'],
  ] as const) {
    await symlink(target, join(folder, name));
    await writeFileAtomic(join(folder, name), 'after');
    expect((await lstat(join(folder, name))).isFile()).toBe(true);
    expect(await readFile(join(folder, name), 'utf8')).toBe('after');
  }
  expect(await readFile(join(folder, 'target'), 'utf8')).toBe('canary');
  expect((await readdir(folder)).sort()).toEqual(['broken', 'link', 'target']);
});

test('a pipe, and a link to a device, are rejected, not replaced', async () => {
  const folder = temporaryFolder();
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await symlink('/dev/null', join(folder, 'null'));
  await symlink('/dev', join(folder, 'devices'));
  await expect(writeFileAtomic(join(folder, 'pipe'), 'x')).rejects.toMatchObject({ code: 'file-special' });
  await expect(writeFileAtomic(join(folder, 'null'), 'x')).rejects.toMatchObject({ code: 'file-special' });
  await expect(writeFileAtomic(join(folder, 'devices'), 'x')).rejects.toMatchObject({
    code: 'file-is-folder',
  });
  expect((await readdir(folder)).sort()).toEqual(['devices', 'null', 'pipe']);
});

test('a file with a name elsewhere, too, is replaced: that name keeps the content', async () => {
  const folder = temporaryFolder();
  await writeFile(join(folder, 'canary'), 'canary');
  for (const write of [writeFileAtomic, writeMark]) {
    await link(join(folder, 'canary'), join(folder, 'x'));
    await write(join(folder, 'x'), 'after');
    expect(await readFile(join(folder, 'x'), 'utf8')).toBe('after');
    expect(await readFile(join(folder, 'canary'), 'utf8')).toBe('canary');
    await rm(join(folder, 'x'));
  }
});

test('a mark is written over a longer one, and never through a link or into a pipe', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'mark');
  for (const text of ['a long mark', 'short']) {
    await writeMark(path, text);
    expect(await readFile(path, 'utf8')).toBe(text);
  }
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await expect(writeMark(join(folder, 'pipe'), 'x')).rejects.toMatchObject({ code: 'ENXIO' });
  await symlink('mark', join(folder, 'link'));
  await expect(writeMark(join(folder, 'link'), 'x')).rejects.toMatchObject({ code: 'link-refused' });
  expect(await readFile(path, 'utf8')).toBe('short');
});

test('appends to a file, and creates it', async () => {
  const path = join(temporaryFolder(), 'x');
  for (const text of ['a', 'bc']) await appendToFile(path, Buffer.from(text));
  expect(await readFile(path, 'utf8')).toBe('abc');
  await expect(appendToFile(join(path, 'x'), Buffer.from('x'))).rejects.toMatchObject({
    code: 'file-not-found',
  });
});

test('many writers at once: the file is one of theirs, whole, and nothing is left', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x.bin');
  await Promise.all(Array.from({ length: 20 }, (_, i) => writeFileAtomic(path, Buffer.alloc(300_000, i))));
  const bytes = await readFile(path);
  expect(bytes.equals(Buffer.alloc(300_000, bytes[0]))).toBe(true);
  expect(await readdir(folder)).toEqual(['x.bin']);
});

test('content that fails half-way leaves the file as it was, and its own error is thrown on', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x.txt');
  await writeFileAtomic(path, 'before');
  function* failing() {
    yield 'half';
    throw new RangeError('no more');
  }
  await expect(writeFileAtomic(path, failing())).rejects.toThrow(new RangeError('no more'));
  // A stream over another file: its error must not be told as one of writing this file.
  async function* missing() {
    yield* createReadStream(join(folder, 'missing'));
  }
  await expect(writeFileAtomic(path, missing())).rejects.toMatchObject({
    code: 'ENOENT',
    path: join(folder, 'missing'),
  });
  expect(await readFile(path, 'utf8')).toBe('before');
  expect(await readdir(folder)).toEqual(['x.txt']);
});

test.each<[string, (folder: string) => Promise<string>]>([
  ['file-not-found', async (folder) => join(folder, 'missing', 'x.txt')],
  [
    'file-not-found',
    async (folder) => {
      await writeFile(join(folder, 'file'), '');
      return join(folder, 'file', 'x.txt');
    },
  ],
  [
    'file-is-folder',
    async (folder) => {
      await mkdir(join(folder, 'sub'));
      return join(folder, 'sub');
    },
  ],
  ['file-name-too-long', async (folder) => join(folder, 'n'.repeat(256))],
])('%s names the file and leaves nothing', async (code, prepare) => {
  const folder = temporaryFolder();
  const path = await prepare(folder);
  const before = await readdir(folder);
  await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({ problem: { code, path: { file: path } } });
  expect(await readdir(folder)).toEqual(before);
});

test('a folder without write permission is named', async () => {
  const folder = temporaryFolder();
  await chmod(folder, 0o555);
  const written = withoutSuperuser(() => writeFileAtomic(join(folder, 'x'), 'x'));
  await expect(written).rejects.toMatchObject({ code: 'file-not-writable' });
});

test(
  'a disk that fills up leaves the old file, and no other',
  withDisks(async () => {
    const folder = mountDisk(temporaryFolder(), 'size=1m').path;
    const path = join(folder, 'x.bin');
    const old = Buffer.alloc(300_000, 1);
    await writeFileAtomic(path, old);
    await expect(writeFileAtomic(path, Buffer.alloc(2_000_000, 2))).rejects.toMatchObject({
      problem: { code: 'disk-full', path: { file: path } },
    });
    const pieces = Array.from({ length: 20 }, () => Buffer.alloc(100_000, 3));
    await expect(writeFileAtomic(path, pieces)).rejects.toMatchObject({ code: 'disk-full' });
    expect((await readFile(path)).equals(old)).toBe(true);
    expect(await readdir(folder)).toEqual(['x.bin']);
    // All the space is free again.
    await writeFileAtomic(path, Buffer.alloc(600_000, 4));
    expect((await readFile(path))[0]).toBe(4);
  }),
);

test(
  'a file system mounted read-only is named as that',
  withDisks(async () => {
    const { path } = mountDisk(temporaryFolder(), 'size=1m,ro');
    await expect(writeFileAtomic(join(path, 'x'), 'x')).rejects.toThrow(
      /x: the file system is mounted read-only/,
    );
  }),
);

function startWriter(path: string, mode: 'loop' | 'half') {
  const script = fileURLToPath(new URL('../../test/atomic-writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, path, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

test('kill -9 in the middle of the content leaves the old file; the next clean-up removes the rest', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x.bin');
  await writeFile(path, 'before');
  const child = startWriter(path, 'half');
  await once(child.stdout, 'data');
  const [temporary = ''] = (await readdir(folder)).filter((name) => name !== 'x.bin');
  expect((await stat(join(folder, temporary))).size).toBe(SIZE / 2);
  expect(await removeStaleTemporaries(folder), 'the writer lives').toEqual([]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await readFile(path, 'utf8')).toBe('before');
  expect(await removeStaleTemporaries(folder)).toEqual([temporary]);
  expect(await readdir(folder)).toEqual(['x.bin']);
});

test('kill -9 at any moment leaves one whole version, and the next writer cleans up by itself', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x.bin');
  for (let round = 0; round < 8; round++) {
    const child = startWriter(path, 'loop');
    await once(child.stdout, 'data');
    // From right after a rename to well into the next writes.
    await sleep(round * 3);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const bytes = await readFile(path);
    expect(bytes.length).toBe(SIZE);
    expect(bytes.equals(Buffer.alloc(SIZE, bytes[0]))).toBe(true);
  }
  await writeFileAtomic(path, 'after');
  expect(await readFile(path, 'utf8')).toBe('after');
  expect(await readdir(folder)).toEqual(['x.bin']);
});
