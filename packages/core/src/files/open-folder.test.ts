import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { inFolder, namesBelow } from './open-folder.ts';
import { readBytes } from './read-file.ts';
import { removeFile, removeTree } from './remove.ts';
import { appendToFile, writeFileAtomic, writeMark } from './write-file-atomic.ts';

/** A project `root`, and beside it a folder `outside` whose `canary` nobody may touch. */
function place() {
  const folder = temporaryFolder();
  const [root, outside] = [join(folder, 'root'), join(folder, 'outside')];
  mkdirSync(join(outside, 'sub'), { recursive: true });
  mkdirSync(root);
  writeFileSync(join(outside, 'canary'), 'canary');
  writeFileSync(join(outside, 'sub/canary'), 'canary');
  const untouched = () => {
    expect(readdirSync(outside).sort()).toEqual(['canary', 'sub']);
    expect(readdirSync(join(outside, 'sub'))).toEqual(['canary']);
    for (const file of ['canary', 'sub/canary'])
      expect(readFileSync(join(outside, file), 'utf8')).toBe('canary');
  };
  return { root, outside, untouched };
}

const USES: readonly (readonly [name: string, use: (root: string, path: string) => Promise<unknown>])[] = [
  ['writeFileAtomic', (root, path) => writeFileAtomic(path, 'x', { root })],
  ['writeMark', (root, path) => writeMark(path, 'x', { root })],
  ['appendToFile', (root, path) => appendToFile(path, Buffer.from('x'), { root })],
  ['readBytes', (root, path) => readBytes(path, { root })],
  ['removeFile', (root, path) => removeFile(path, { root })],
  ['removeTree', (root, path) => removeTree(path, { root })],
];

test.each(USES)('%s goes through no link below the root, and names it', async (_, use) => {
  const { root, outside, untouched } = place();
  mkdirSync(join(root, 'a/b'), { recursive: true });
  for (const path of ['link/canary', 'a/link/canary', 'a/b/link/sub/canary']) {
    const link = join(root, path.slice(0, path.indexOf('link') + 4));
    symlinkSync(outside, link);
    await expect(use(root, join(root, path))).rejects.toMatchObject({
      problem: { code: 'link-refused', path: { file: link } },
    });
    untouched();
  }
});

test('the same where the system has no paths of open folders', async () => {
  const { platform } = process;
  onTestFinished(() => {
    Object.defineProperty(process, 'platform', { value: platform });
    vi.resetModules();
  });
  Object.defineProperty(process, 'platform', { value: 'other' });
  vi.resetModules();
  const other = await import('./open-folder.ts');
  const removal = await import('./remove.ts');
  const { root, outside, untouched } = place();
  mkdirSync(join(root, 'a/b'), { recursive: true });
  symlinkSync(outside, join(root, 'a/link'));
  const see = (path: string) => other.inFolder(root, path, async ({ self }) => self);
  expect(await see('a/b')).toBe(join(root, 'a/b'));
  for (const path of ['a/link', 'a/link/sub'])
    await expect(see(path)).rejects.toMatchObject({ problem: { path: { file: join(root, 'a/link') } } });
  const swapped = other.inFolder(root, 'a/b', async () => {
    rmSync(join(root, 'a/b'), { recursive: true });
    symlinkSync(outside, join(root, 'a/b'));
  });
  await expect(swapped).rejects.toMatchObject({ code: 'folder-changed' });
  expect(await removal.removeTree(join(root, 'a'), { root })).toBe(true);
  untouched();
});

test('a link at the end is replaced or removed, or refused by what reads and marks', async () => {
  const { root, outside, untouched } = place();
  const link = join(root, 'link');
  const plant = () => symlinkSync(join(outside, 'canary'), link);
  plant();
  await expect(readBytes(link, { root })).rejects.toMatchObject({ code: 'link-refused' });
  await expect(writeMark(link, 'x', { root })).rejects.toMatchObject({ code: 'link-refused' });
  await expect(appendToFile(link, Buffer.from('x'), { root })).rejects.toMatchObject({
    code: 'link-refused',
  });
  expect(await removeTree(link, { root })).toBe(true);
  plant();
  expect(await removeFile(link, { root })).toBe(true);
  expect(await removeFile(link, { root })).toBe(false);
  plant();
  await writeFileAtomic(link, 'x', { root });
  expect(await readFile(link, 'utf8')).toBe('x');
  untouched();
});

test('the root itself may be reached through links', async () => {
  const { root, outside } = place();
  symlinkSync(root, join(outside, 'way'));
  await writeFileAtomic(join(outside, 'way/new/x'), 'x', { root: join(outside, 'way'), create: true });
  expect(readFileSync(join(root, 'new/x'), 'utf8')).toBe('x');
});

test('removes a tree with links in it, and follows none', async () => {
  const { root, outside, untouched } = place();
  const tree = join(root, 'tree');
  mkdirSync(join(tree, 'a/b/c'), { recursive: true });
  for (const folder of ['.', 'a', 'a/b']) symlinkSync(outside, join(tree, folder, 'link'));
  symlinkSync(tree, join(tree, 'a/up'));
  writeFileSync(join(tree, 'a/b/file'), '');
  expect(await removeTree(tree, { root })).toBe(true);
  expect(await removeTree(tree, { root })).toBe(false);
  expect(readdirSync(root)).toEqual([]);
  untouched();
});

test('property: no path leads out of the root', async () => {
  const { root, untouched } = place();
  const part = fc.constantFrom('..', '.', '', 'a', 'outside', 'canary', '...', 'a\\b', '/');
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), fc.boolean(), async (parts, absolute) => {
      const path = `${absolute ? '/' : ''}${parts.join('/')}`;
      let names: string[];
      try {
        names = namesBelow(root, path);
      } catch (error) {
        expect(error).toMatchObject({ code: 'file-outside-folder' });
        await expect(inFolder(root, path, (folder) => mkdir(folder.at('x')))).rejects.toMatchObject({
          code: 'file-outside-folder',
        });
        return;
      }
      for (const name of names) expect(['', '.', '..']).not.toContain(name);
    }),
  );
  for (const name of ['', '.', '..', 'a/b', '../outside/canary'])
    await expect(inFolder(root, '', async (folder) => writeFile(folder.at(name), 'x'))).rejects.toMatchObject(
      { code: 'file-outside-folder' },
    );
  untouched();
});

test('a folder that is swapped for a link all the time: nothing outside is read, written or removed', async () => {
  const { root, outside, untouched } = place();
  const [victim, aside] = [join(root, 'victim'), join(root, 'aside')];
  mkdirSync(join(victim, 'sub'), { recursive: true });
  const worker = new Worker(
    `const { renameSync, symlinkSync, unlinkSync } = require('node:fs');
     const { victim, aside, outside, stop } = require('node:worker_threads').workerData;
     const flag = new Int32Array(stop);
     while (Atomics.load(flag, 0) === 0) {
       try {
         renameSync(victim, aside);
         symlinkSync(outside, victim);
         unlinkSync(victim);
         renameSync(aside, victim);
       } catch {}
     }`,
    { eval: true, workerData: { victim, aside, outside, stop: new SharedArrayBuffer(4) } },
  );
  onTestFinished(async () => {
    await worker.terminate();
  });
  const seen = new Set<string>();
  let done = 0;
  const end = performance.now() + 2000;
  for (let i = 0; performance.now() < end; i++) {
    const path = join(victim, 'sub/canary');
    for (const use of [
      ...(i % 10 === 0 ? [() => writeFileAtomic(path, 'inside', { root })] : []),
      async () => seen.add((await readBytes(path, { root })).toString()),
      () => removeFile(path, { root }),
      () => writeMark(join(victim, 'canary'), 'inside', { root, create: true }),
      () => inFolder(root, 'victim', async (folder) => expect(await readdir(folder.self)).not.toContain('x')),
    ]) {
      await use().then(
        () => done++,
        () => {},
      );
    }
  }
  await worker.terminate();
  expect(done).toBeGreaterThan(10);
  expect([...seen].filter((text) => text !== 'inside')).toEqual([]);
  untouched();
  rmSync(victim, { recursive: true, force: true });
});

test('a tree in which folders are swapped for links while it is removed: nothing outside is removed', async () => {
  const { root, outside, untouched } = place();
  for (let round = 0; round < 2; round++) {
    const tree = join(root, `tree-${round}`);
    for (let i = 0; i < 12; i++) mkdirSync(join(tree, `${i}/sub`), { recursive: true });
    const worker = new Worker(
      `const { renameSync, symlinkSync } = require('node:fs');
       const { tree, outside } = require('node:worker_threads').workerData;
       for (let i = 11; i >= 0; i--) {
         try {
           renameSync(tree + '/' + i, tree + '/aside-' + i);
           symlinkSync(outside, tree + '/' + i);
         } catch {}
       }`,
      { eval: true, workerData: { tree, outside } },
    );
    await new Promise((resolve) => worker.once('online', resolve));
    await removeTree(tree, { root }).catch(() => {});
    await worker.terminate();
    untouched();
  }
});
