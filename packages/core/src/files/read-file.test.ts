import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { hashFile } from '../hash/hash-file.ts';
import { readBytes, readText, readTextSync } from './read-file.ts';

const READERS: readonly (readonly [name: string, read: (path: string) => unknown])[] = [
  ['readBytes', (path) => readBytes(path)],
  ['readText', (path) => readText(path)],
  ['readTextSync', async (path) => readTextSync(path)],
  ['hashFile', (path) => hashFile(path)],
];

test.each(READERS)('%s neither waits for nor reads what is not a file', async (_, read) => {
  const folder = temporaryFolder();
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  symlinkSync(pipe, join(folder, 'link'));
  const server = createServer().listen(join(folder, 'socket'));
  onTestFinished(() => {
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  for (const [path, got] of [
    [pipe, 'a named pipe'],
    [join(folder, 'link'), 'a named pipe'],
    [join(folder, 'socket'), 'a socket'],
    ['/dev/zero', 'a device'],
    ['/dev/tty', 'a device'],
  ] as const)
    await expect(read(path)).rejects.toMatchObject({
      problem: { code: 'file-special', path: { file: path }, got },
    });
  await expect(read(folder)).rejects.toMatchObject({ code: 'file-is-folder' });
  await expect(read(join(folder, 'missing'))).rejects.toMatchObject({ code: 'file-not-found' });
});

test('a large file is rejected before it is read, with its name and the limit', async () => {
  const path = join(temporaryFolder(), 'x');
  writeFileSync(path, '');
  truncateSync(path, 2 ** 40);
  const problem = { code: 'file-too-large', path: { file: path }, expected: 'at most 67108864 bytes' };
  await expect(readText(path)).rejects.toMatchObject({ problem });
  expect(() => readTextSync(path, { maxBytes: 10 })).toThrow(/x: .*at most 10 bytes/);
  writeFileSync(path, 'x'.repeat(11));
  await expect(readText(path, { maxBytes: 10, name: 'settings' })).rejects.toThrow(/^settings: .*got 11/);
  expect(await readText(path, { maxBytes: 11 })).toBe('x'.repeat(11));
});

test('files that state no size are read, up to the limit', async () => {
  if (process.platform !== 'linux') return;
  expect(await readText('/proc/self/status')).toContain('Pid:');
  await expect(readText('/proc/self/status', { maxBytes: 10 })).rejects.toMatchObject({
    code: 'file-too-large',
  });
});

test('property: the bytes are those of the file, whatever its size', async () => {
  const path = join(temporaryFolder(), 'x');
  const bytes = fc.uint8Array({ maxLength: 3000 });
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      writeFileSync(path, content);
      expect(Buffer.compare(await readBytes(path), content)).toBe(0);
    }),
    { numRuns: 15 },
  );
  writeFileSync(path, '');
  expect(await readText(path)).toBe('');
  appendFileSync(path, 'ü');
  expect([await readText(path), readTextSync(path)]).toEqual(['ü', 'ü']);
});

test('links are followed, except below a root', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'x'), 'x');
  symlinkSync('../x', join(folder, 'sub/link'));
  expect(await readText(join(folder, 'sub/link'))).toBe('x');
  await expect(readText(join(folder, 'sub/link'), { root: folder })).rejects.toMatchObject({
    code: 'link-refused',
  });
});
