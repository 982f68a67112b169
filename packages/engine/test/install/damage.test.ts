import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { unzipSync, type ZipOptions, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectCache } from '../../src/install/inspect.ts';
import { libraryNames } from '../../src/install/layout.ts';
import type { Manifest } from '../../src/install/manifest.ts';
import {
  FAKE_VERSION,
  goodWheel,
  makeSandbox,
  type Sandbox,
  tensorflowFiles,
  wheelBytes,
  wheelProject,
  writeWheel,
} from './fake-tensorflow.ts';
import { attemptsAt, expectSound, leftovers, setUp } from './set-up.ts';

describe('a damaged cache', () => {
  test('a flipped bit is named with both checksums; the entry is renamed and rebuilt', async () => {
    const sandbox = preparedSandbox();
    flipBit(sandbox);
    const result = await setUp(sandbox);
    expect(attemptsAt('cache', result)).toEqual([
      expect.stringMatching(
        /^failed: .*libtensorflow_framework.*: expected SHA-256 [0-9a-f]{64}, got SHA-256 [0-9a-f]{64}; it was renamed/,
      ),
    ]);
    expect(result.events).toContainEqual(expect.objectContaining({ type: 'damaged' }));
    expect(result.library?.source).toBe('wheel');
    await expectSound(sandbox);
  });

  test('without a new one, the damaged entry is kept until there is one', async () => {
    const sandbox = preparedSandbox();
    flipBit(sandbox);
    const offline = { ...sandbox, env: { ...sandbox.env, PODIUM_OFFLINE: '1' } };
    expect((await setUp(offline)).library).toBeUndefined();
    expect(leftovers(sandbox)).toEqual([expect.stringMatching(/\.damaged$/)]);
    await expectSound(sandbox);
  });

  test('a thorough check finds a flipped bit that changed neither size nor time', async () => {
    const sandbox = preparedSandbox();
    const path = libraryPath(sandbox);
    flipBit(sandbox);
    const { files } = JSON.parse(readFileSync(manifestPath(sandbox), 'utf8')) as Pick<Manifest, 'files'>;
    const seconds = ((files[`tensorflow/${basename(path)}`]?.modified ?? 0) + 0.5) / 1000;
    utimesSync(path, seconds, seconds);
    const quick = await inspectCache({ env: sandbox.env });
    expect(quick.entries.map(({ problem }) => problem)).toEqual([undefined, undefined]);
    const thorough = await inspectCache({ env: sandbox.env, thorough: true });
    expect(thorough.entries.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('expected SHA-256'),
      undefined,
    ]);
  });

  test.each([
    ['a truncated library', (sandbox: Sandbox) => truncateSync(libraryPath(sandbox), 100), /got 100 bytes/],
    ['a missing library', (sandbox: Sandbox) => rmSync(libraryPath(sandbox)), /got nothing/],
    [
      'a missing manifest',
      (sandbox: Sandbox) => rmSync(manifestPath(sandbox)),
      /manifest.json cannot be read/,
    ],
    [
      'half a manifest',
      (sandbox: Sandbox) => truncateSync(manifestPath(sandbox), 50),
      /manifest.json cannot be read/,
    ],
    [
      'a manifest with a path outside of its folder',
      (sandbox: Sandbox) => editManifest(sandbox, (text) => text.replace('"tensorflow/lib', '"../../lib')),
      /not a manifest of this version/,
    ],
    [
      'an entry that others may write to, and so put programs there,',
      (sandbox: Sandbox) => chmodSync(entryPath(sandbox), 0o777),
      /others may write to .*/,
    ],
  ])('%s is detected, and the entry is rebuilt', async (_, damage, reason) => {
    const sandbox = preparedSandbox();
    damage(sandbox);
    const result = await setUp(sandbox);
    expect(attemptsAt('cache', result)).toEqual([expect.stringMatching(reason)]);
    await expectSound(sandbox);
  });

  test('a damaged compiled addon is compiled again', async () => {
    const sandbox = preparedSandbox();
    const [name = ''] = readdirSync(join(sandbox.cache, 'addons'));
    truncateSync(join(sandbox.cache, 'addons', name, 'tfjs_binding.node'), 10);
    const result = await expectSound({ ...sandbox, env: { ...sandbox.env, PODIUM_OFFLINE: '1' } });
    expect(result.library?.source).toBe('cache');
  });

  test.each([
    [
      'another CPU',
      /"host": "[^"]*"/,
      '"host": "linux-riscv64"',
      /is for linux-riscv64, but this machine is/,
    ],
    ['another version', /"request": "[^"]*"/, '"request": "tensorflow-cpu==2.3"', /requests tensorflow/],
  ])('an entry for %s is skipped, with a reason', async (_, pattern, replacement, reason) => {
    const sandbox = preparedSandbox();
    editManifest(sandbox, (text) => text.replace(pattern, replacement));
    const offline = { ...sandbox, env: { ...sandbox.env, PODIUM_OFFLINE: '1' } };
    const result = await setUp(offline);
    expect(result.library).toBeUndefined();
    expect(attemptsAt('cache', result)).toEqual([expect.stringMatching(reason)]);
    expect(existsSync(libraryPath(sandbox))).toBe(true);
    await expectSound(sandbox);
  });
});

describe('an invalid wheel', () => {
  const record = (edit: (text: string) => string): Uint8Array =>
    wheelBytes(wheelProject(), FAKE_VERSION, tensorflowFiles(), { record: edit });

  test.each<[string, () => Uint8Array, RegExp]>([
    ['is truncated', () => goodWheel().slice(0, -2000), /is invalid|not a zip file/],
    ['has a flipped bit in a library', () => flipped(goodWheel(), 0.5), /is damaged/],
    [
      'has another SHA-256 in its RECORD',
      () => record((text) => text.replace(/sha256=\w{5}/, 'sha256=AAAAA')),
      /expected SHA-256/,
    ],
    [
      'has another size in its RECORD',
      () => record((text) => text.replace(/,(\d+)$/m, ',1$1')),
      /expected SHA-256/,
    ],
    [
      'has no hash for a file',
      () => record((text) => text.replace(/^(tensorflow\/lib.*?),.*$/m, '$1,,')),
      /lists no SHA-256/,
    ],
    [
      'lacks a library',
      () => without('libtensorflow_framework'),
      /lacks tensorflow\/libtensorflow_framework/,
    ],
    ['lacks a header', () => without('version.h'), /lacks tensorflow\/include\/tensorflow\/c\/version\.h/],
    ['has a name outside of its folder', () => withEscape(), /invalid relative path/],
    ['has a symbolic link for a library', () => withLink(), /symbolic link/],
    ['states a wrong size', () => withLyingSize(), /too many bytes/],
  ])('one that %s is rejected, and the cache stays empty', async (_, wheel, reason) => {
    const sandbox = makeSandbox({ wheel: wheel() });
    const result = await setUp(sandbox);
    expect(result.library).toBeUndefined();
    expect(attemptsAt('wheel', result)).toEqual([expect.stringMatching(reason)]);
    expect(readdirSync(sandbox.cache)).toEqual([]);
    expect(existsSync(join(sandbox.folder, 'escaped'))).toBe(false);
    writeWheel(sandbox.wheels, wheelProject(), FAKE_VERSION, goodWheel());
    await expectSound(sandbox);
  });
});

let prepared: Sandbox;

beforeAll(async () => {
  prepared = makeSandbox({ folder: mkdtempSync(join(tmpdir(), 'podium-prepared-')) });
  expect((await setUp(prepared)).library).toBeDefined();
});

afterAll(() => rmSync(prepared.folder, { recursive: true, force: true }));

/** A sandbox after an installation. */
function preparedSandbox(): Sandbox {
  const sandbox = makeSandbox();
  cpSync(prepared.cache, sandbox.cache, { recursive: true, preserveTimestamps: true });
  return sandbox;
}

function entryPath({ cache }: Sandbox): string {
  const [entry = ''] = readdirSync(cache).filter((name) => name.startsWith(FAKE_VERSION));
  return join(cache, entry);
}

function libraryPath(sandbox: Sandbox): string {
  return join(entryPath(sandbox), 'tensorflow', libraryNames(process.platform).framework);
}

function manifestPath(sandbox: Sandbox): string {
  return join(entryPath(sandbox), 'manifest.json');
}

function editManifest(sandbox: Sandbox, edit: (text: string) => string): void {
  const before = readFileSync(manifestPath(sandbox), 'utf8');
  const after = edit(before);
  expect(after).not.toBe(before);
  writeFileSync(manifestPath(sandbox), after);
}

function flipBit(sandbox: Sandbox): void {
  const path = libraryPath(sandbox);
  writeFileSync(path, flipped(readFileSync(path), 0.5));
}

/** A copy with one flipped bit, at a fraction of its length. */
function flipped(bytes: Uint8Array, part: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(bytes.length * part);
  copy[at] = (copy[at] ?? 0) ^ 4;
  return copy;
}

function without(name: string): Uint8Array {
  const kept = Object.entries(tensorflowFiles()).filter(([path]) => !path.includes(name));
  return wheelBytes(wheelProject(), FAKE_VERSION, Object.fromEntries(kept));
}

/** The valid wheel with one more or one changed file. */
function withFile(name: string, content: Uint8Array, options: ZipOptions): Uint8Array {
  return zipSync({ ...unzipSync(goodWheel()), [name]: [content, options] });
}

function withEscape(): Uint8Array {
  return withFile('../escaped', Uint8Array.of(1), {});
}

function withLink(): Uint8Array {
  const library = `tensorflow/${libraryNames(process.platform).framework}`;
  return withFile(library, new TextEncoder().encode('/etc/passwd'), { os: 3, attrs: (0o120777 << 16) >>> 0 });
}

/** The valid wheel with a directory that states a library's size as 100 bytes. */
function withLyingSize(): Uint8Array {
  const wheel = Buffer.from(goodWheel());
  const name = `tensorflow/${libraryNames(process.platform).framework}`;
  // Of the two headers with this name the second is the one in the central directory, 46 bytes before it.
  const header = wheel.lastIndexOf(name) - 46;
  expect(wheel.readUInt32LE(header)).toBe(0x02014b50);
  wheel.writeUInt32LE(100, header + 24);
  return wheel;
}
