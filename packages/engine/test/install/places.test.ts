import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { libraryNames } from '../../src/install/layout.ts';
import {
  FAKE_VERSION,
  makeSandbox,
  type Sandbox,
  tensorflowFiles,
  wheelBytes,
  wheelProject,
} from './fake-tensorflow.ts';
import { attemptsAt, leftovers, loads, setUp } from './set-up.ts';

const { apis, framework } = libraryNames(process.platform);

test.each([
  ["a wheel's tensorflow folder", 'tensorflow'],
  ['the folder that holds one', '.'],
])('PODIUM_TENSORFLOW may name %s', async (_, inside) => {
  const sandbox = makeSandbox({ wheel: null });
  const folder = writeFiles(join(sandbox.folder, 'site packages'), tensorflowFiles());
  const named = withEnv(sandbox, { PODIUM_TENSORFLOW: join(folder, inside) });
  const result = await setUp(named);
  expect(result.library).toMatchObject({ source: 'folder', tensorflowVersion: FAKE_VERSION });
  expect(result.library?.libraryFolder).toBe(join(folder, 'tensorflow'));
  expect(loads(result)).toBe(FAKE_VERSION);
  // The second time its addon is cached, and nothing is started.
  expect((await setUp(withEnv(named, { PATH: '/nowhere' }))).library).toEqual(result.library);
});

test('PODIUM_TENSORFLOW may name a release of libtensorflow', async () => {
  const sandbox = makeSandbox({ wheel: null });
  const named = withEnv(sandbox, { PODIUM_TENSORFLOW: releaseFolder(sandbox) });
  const result = await setUp(named);
  expect(result.library?.source).toBe('folder');
  expect(loads(result)).toBe(FAKE_VERSION);
});

test("PODIUM_TENSORFLOW may name an entry of another machine's cache", async () => {
  const donor = makeSandbox();
  const { library } = await setUp(donor);
  const sandbox = makeSandbox({ wheel: null });
  const named = withEnv(sandbox, { PODIUM_TENSORFLOW: join(library?.libraryFolder ?? '', '..') });
  expect((await setUp(named)).library?.source).toBe('folder');
});

test('a PODIUM_TENSORFLOW without TensorFlow is an error, even if another source has one', async () => {
  const sandbox = makeSandbox();
  await setUp(sandbox);
  await expect(setUp(withEnv(sandbox, { PODIUM_TENSORFLOW: sandbox.wheels }))).rejects.toMatchObject({
    problem: {
      code: 'engine-folder',
      path: { file: sandbox.wheels },
      got: expect.stringContaining('contains neither'),
    },
  });
  const folder = writeFiles(join(sandbox.folder, 'half'), tensorflowFiles());
  rmSync(join(folder, 'tensorflow', framework));
  await expect(setUp(withEnv(sandbox, { PODIUM_TENSORFLOW: folder }))).rejects.toThrow(`not ${framework}`);
  const bare = writeFiles(join(sandbox.folder, 'bare'), tensorflowFiles());
  rmSync(join(bare, 'tensorflow', 'include'), { recursive: true });
  await expect(setUp(withEnv(sandbox, { PODIUM_TENSORFLOW: bare }))).rejects.toThrow(
    'lacks 1 header(s), first tensorflow/c/c_api.h',
  );
});

test('a PODIUM_TENSORFLOW that cannot be linked is reported, and nothing else is tried', async () => {
  const sandbox = makeSandbox();
  const folder = writeFiles(join(sandbox.folder, 'broken'), tensorflowFiles());
  writeFileSync(join(folder, 'tensorflow', apis[0] ?? ''), 'not a library');
  const result = await setUp(withEnv(sandbox, { PODIUM_TENSORFLOW: folder }));
  expect(result.attempts).toHaveLength(1);
  expect(attemptsAt('compiler', result)).toEqual([expect.stringMatching(/could not compile tfjs_binding/)]);
});

test('a TensorFlow that crashes on this CPU is reported, and not downloaded a second time', async () => {
  const files = tensorflowFiles(FAKE_VERSION, { defines: ['-DNEEDS_ANOTHER_CPU'] });
  const sandbox = makeSandbox({ wheel: wheelBytes(wheelProject(), FAKE_VERSION, files) });
  const reason =
    'it cannot be loaded: this CPU lacks instructions that this TensorFlow requires (at least AVX)';
  const first = await setUp(sandbox);
  expect(attemptsAt('wheel', first)).toEqual([`failed: ${reason}`]);
  const second = await setUp(sandbox);
  expect(attemptsAt('cache', second)).toEqual([`failed: ${reason}`]);
  expect(attemptsAt('wheel', second)).toEqual([
    expect.stringMatching(/^skipped: the cached .* is undamaged, but does not work/),
  ]);
  expect(leftovers(sandbox)).toEqual([]);
});

test('the TensorFlow of an installed Python package is used in place', async () => {
  const sandbox = pythonSandbox('2.19.1');
  const result = await setUp(sandbox);
  expect(result.library).toMatchObject({
    source: 'python',
    libraryFolder: join(sandbox.folder, 'site', 'tensorflow'),
    tensorflowVersion: '2.19.1',
  });
  expect(loads(result)).toBe('2.19.1');
  // The second time Python is not started.
  expect((await setUp(withEnv(sandbox, { PATH: '/nowhere' }))).library).toEqual(result.library);
});

test('when the Python package changes, the addon is compiled again', async () => {
  const sandbox = pythonSandbox('2.19.1');
  await setUp(sandbox);
  writePackage(sandbox, '2.20.0');
  const result = await setUp(sandbox);
  expect(result.library).toMatchObject({ source: 'python', tensorflowVersion: '2.20.0' });
  expect(loads(result)).toBe('2.20.0');
});

test.each<[string, (sandbox: Sandbox) => void, RegExp]>([
  [
    'is too old',
    (sandbox) => writePackage(sandbox, '2.11.0'),
    /has TensorFlow 2\.11\.0, but 2\.12 or newer is required/,
  ],
  [
    'lacks a library',
    (sandbox) => rmSync(join(sandbox.folder, 'site', 'tensorflow', framework)),
    /incomplete TensorFlow: .* not lib/,
  ],
  [
    'lacks its headers',
    (sandbox) => rmSync(join(sandbox.folder, 'site', 'tensorflow', 'include'), { recursive: true }),
    /lacks 1 header/,
  ],
])('a Python package that %s is passed over for a wheel', async (_, damage, reason) => {
  const sandbox = pythonSandbox('2.19.1');
  damage(sandbox);
  const result = await setUp(sandbox);
  expect(attemptsAt('python', result)).toEqual([expect.stringMatching(reason)]);
  expect(result.library?.source).toBe('wheel');
});

test('a failing interpreter is reported with its last output', async () => {
  const sandbox = makeSandbox();
  const python = join(sandbox.folder, 'python-that-fails');
  writeFileSync(python, '#!/bin/sh\necho "no such luck" >&2\nexit 7\n', { mode: 0o755 });
  const result = await setUp(withEnv(sandbox, { PODIUM_PYTHON: python }));
  expect(attemptsAt('python', result)).toEqual([`skipped: ${python} failed: no such luck`]);
  expect(attemptsAt('wheel', result)).toEqual([expect.stringContaining(`${python} has no pip`)]);
});

function withEnv(sandbox: Sandbox, env: NodeJS.ProcessEnv): Sandbox {
  return { ...sandbox, env: { ...sandbox.env, ...env } };
}

function writeFiles(folder: string, files: Record<string, Uint8Array>): string {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

/** A sandbox whose Python has the package `tensorflow`. */
function pythonSandbox(version: string): Sandbox {
  const sandbox = makeSandbox();
  writePackage(sandbox, version);
  return withEnv(sandbox, { PYTHONPATH: join(sandbox.folder, 'site') });
}

function writePackage({ folder }: Sandbox, version: string): void {
  const site = join(folder, 'site');
  rmSync(site, { recursive: true, force: true });
  const metadata = `Metadata-Version: 2.1\nName: tensorflow\nVersion: ${version}\n`;
  writeFiles(site, {
    ...tensorflowFiles(version),
    [`tensorflow-${version}.dist-info/METADATA`]: new TextEncoder().encode(metadata),
  });
}

/** An unpacked release of libtensorflow: `lib` and `include`. */
function releaseFolder({ folder }: Sandbox): string {
  const files = tensorflowFiles(FAKE_VERSION, { api: apis[1] ?? '' });
  const wheel = writeFiles(join(folder, 'unpacked'), files);
  const release = join(folder, 'libtensorflow');
  mkdirSync(release);
  renameSync(join(wheel, 'tensorflow', 'include'), join(release, 'include'));
  rmSync(join(wheel, 'tensorflow', '__init__.py'));
  renameSync(join(wheel, 'tensorflow'), join(release, 'lib'));
  return release;
}
