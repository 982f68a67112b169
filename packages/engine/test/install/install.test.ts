import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installWith } from '../../src/install/install.ts';
import { fakeAddon } from './fake-addon.ts';
import { FAKE_VERSION, makeSandbox, pythonPath, wheelProject } from './fake-tensorflow.ts';
import { attemptsAt, expectSound, leftovers, loads, setUp } from './set-up.ts';

test('a wheel is downloaded by pip, unpacked, compiled against and loaded', async () => {
  const sandbox = makeSandbox();
  const result = await setUp(sandbox);
  expect(result.library).toMatchObject({ tensorflowVersion: FAKE_VERSION, gpu: false, source: 'wheel' });
  expect(loads(result)).toBe(FAKE_VERSION);
  expect(result.attempts.map(({ source, outcome }) => `${source} ${outcome}`)).toEqual([
    'folder skipped',
    'cache skipped',
    'python skipped',
    'wheel used',
  ]);
  expect(result.events.map(({ type }) => type)).toEqual([
    'attempt',
    'attempt',
    'attempt',
    'unpacking',
    'verified',
    'compiling',
    'attempt',
  ]);
});

test('only the libraries and the headers that the addon needs are kept, each with its SHA-256', async () => {
  const sandbox = makeSandbox();
  const { library } = await setUp(sandbox);
  const entry = join(library?.libraryFolder ?? '', '..');
  const kept = readdirSync(entry, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(entry.length + 1));
  const manifest = JSON.parse(readFileSync(join(entry, 'manifest.json'), 'utf8')) as { files: object };
  expect(kept.sort()).toEqual([...Object.keys(manifest.files), 'manifest.json'].sort());
  expect(kept).not.toContain('tensorflow/__init__.py');
  expect(kept).toContain('tensorflow/include/tensorflow/c/version.h');
});

test('the second installation uses the cache, writes nothing and starts nothing', async () => {
  const sandbox = makeSandbox();
  const first = await setUp(sandbox);
  const before = snapshot(sandbox.cache);
  const second = await setUp({ ...sandbox, env: { ...sandbox.env, PATH: '/nowhere' } });
  expect(second.library).toEqual({ ...first.library, source: 'cache' });
  expect(second.events).toEqual([]);
  expect(snapshot(sandbox.cache)).toEqual(before);
});

test('a moved cache still works: addons find the libraries by relative paths', async () => {
  const sandbox = makeSandbox();
  await setUp(sandbox);
  const moved = join(sandbox.folder, 'moved, elsewhere');
  renameSync(join(sandbox.folder, 'cache'), moved);
  const env = { ...sandbox.env, PODIUM_CACHE: moved, PATH: '/nowhere' };
  const result = await setUp({ ...sandbox, cache: join(moved, 'tensorflow-1'), env });
  expect(result.library?.source).toBe('cache');
  expect(loads(result)).toBe(FAKE_VERSION);
});

test('a copied cache with new modification times is hashed once and then trusted', async () => {
  const sandbox = makeSandbox();
  const { library } = await setUp(sandbox);
  for (const name of readdirSync(library?.libraryFolder ?? '')) {
    utimesSync(join(library?.libraryFolder ?? '', name), 1, 1);
  }
  expect((await setUp(sandbox)).library?.source).toBe('cache');
  const manifest = readFileSync(join(library?.libraryFolder ?? '', '..', 'manifest.json'), 'utf8');
  expect(manifest).toContain('"modified": 1000');
});

test('a changed addon is compiled again, not downloaded again', async () => {
  const sandbox = makeSandbox();
  await setUp(sandbox);
  const env = { ...sandbox.env, PODIUM_OFFLINE: '1' };
  const result = await installWith([{ ...fakeAddon, version: '1.0.1' }], { env });
  expect(result.library?.source).toBe('cache');
  expect(readdirSync(join(sandbox.cache, 'addons'))).toHaveLength(2);
});

test('without a compiler nothing is downloaded, and the attempt names what to install', async () => {
  const sandbox = makeSandbox();
  const result = await setUp({ ...sandbox, env: { ...sandbox.env, CXX: '/nowhere/c++' } });
  expect(result.library).toBeUndefined();
  expect(attemptsAt('compiler', result)).toEqual([
    expect.stringMatching(/^failed: the compiler "\/nowhere\/c\+\+" that CXX names/),
  ]);
  expect(attemptsAt('wheel', result)).toEqual([]);
  expect(readdirSync(sandbox.cache)).toEqual([]);
  await expectSound(sandbox);
});

test('without a compiler, the attempt names the package to install', async () => {
  const sandbox = makeSandbox();
  const bin = join(sandbox.folder, 'bin');
  mkdirSync(bin);
  symlinkSync(pythonPath(), join(bin, 'python3'));
  const result = await setUp({ ...sandbox, env: { ...sandbox.env, PATH: bin } });
  expect(attemptsAt('compiler', result)).toEqual([expect.stringContaining('apt install g++')]);
  await expectSound(sandbox);
});

test('a failing compiler is reported with its first error, and the download is kept', async () => {
  const sandbox = makeSandbox();
  const broken = join(sandbox.folder, 'broken-c++');
  writeFileSync(
    broken,
    '#!/bin/sh\ncase "$1" in --version) echo fake 1.0;; *) echo "x.cc:1: error: no luck" >&2; exit 1;; esac\n',
    {
      mode: 0o755,
    },
  );
  const result = await setUp({ ...sandbox, env: { ...sandbox.env, CXX: broken } });
  expect(result.library).toBeUndefined();
  expect(attemptsAt('compiler', result)[0]).toBe(
    'failed: fake 1.0 could not compile tfjs_binding (status 1): x.cc:1: error: no luck',
  );
  expect(leftovers(sandbox)).toEqual([]);
  const offline = { ...sandbox, env: { ...sandbox.env, PODIUM_OFFLINE: '1' } };
  await expectSound(offline);
});

test('without Python the search continues, and each source reports why it failed', async () => {
  const sandbox = makeSandbox();
  const result = await setUp({ ...sandbox, env: { ...sandbox.env, PODIUM_PYTHON: '/nowhere/python3' } });
  expect(result.library).toBeUndefined();
  expect(attemptsAt('python', result)).toEqual(['skipped: /nowhere/python3 is not installed']);
  expect(attemptsAt('wheel', result)).toEqual([
    'failed: PODIUM_PYTHON names an unusable interpreter: /nowhere/python3 is not installed',
  ]);
  expect(attemptsAt('upstream', result)).toEqual([expect.stringMatching(/^failed: .*ECONNREFUSED/)]);
  await expectSound(sandbox);
});

test('PODIUM_OFFLINE=1 downloads nothing', async () => {
  const sandbox = makeSandbox();
  const result = await setUp({ ...sandbox, env: { ...sandbox.env, PODIUM_OFFLINE: '1' } });
  expect(result.library).toBeUndefined();
  for (const source of ['wheel', 'upstream'] as const) {
    expect(attemptsAt(source, result)).toEqual(['skipped: PODIUM_OFFLINE forbids downloads']);
  }
  await expectSound(sandbox);
});

test('an index without a compatible wheel is reported', async () => {
  const sandbox = makeSandbox({ wheel: null });
  const result = await setUp(sandbox);
  expect(attemptsAt('wheel', result)).toEqual([
    expect.stringMatching(`failed: pip's package index has no compatible wheel for ${wheelProject()}>=.*`),
  ]);
  expect(existsSync(sandbox.cache)).toBe(true);
  expect(readdirSync(sandbox.cache)).toEqual([]);
});

/** All files below a folder with their modification times. */
function snapshot(folder: string): Record<string, number> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(files.map((file) => [file, statSync(join(folder, file)).mtimeMs]));
}
