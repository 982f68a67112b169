import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  FAKE_VERSION,
  makeSandbox,
  type Sandbox,
  tensorflowFiles,
  wheelBytes,
  wheelProject,
} from './fake-tensorflow.ts';
import { attemptsAt, expectSound, loads, setUp } from './set-up.ts';

const fix = /fix: make the folder writable, or set PODIUM_CACHE to a folder that is/;

test('a file in place of the cache folder is an error that names it and the variable to set', async () => {
  const sandbox = makeSandbox();
  writeFileSync(join(sandbox.folder, 'cache'), '');
  await expect(setUp(sandbox)).rejects.toThrow(fix);
  await expect(setUp(sandbox)).rejects.toMatchObject({
    problem: { code: 'engine-cache-unwritable', path: { file: sandbox.cache } },
  });
});

test.skipIf(process.getuid?.() === 0)('a cache folder without permission to write is an error', async () => {
  const sandbox = makeSandbox();
  mkdirSync(join(sandbox.folder, 'cache'));
  chmodSync(join(sandbox.folder, 'cache'), 0o555);
  await expect(setUp(sandbox)).rejects.toThrow(fix);
  chmodSync(join(sandbox.folder, 'cache'), 0o755);
  await expectSound(sandbox);
});

// The rest needs disks of its own, which only root may make, and not everywhere.
const canMount = process.platform === 'linux' && spawnSync('unshare', ['--mount', 'true']).status === 0;

test.skipIf(!canMount)('a read-only disk is an error, unless all that is needed lies on it', async () => {
  const sandbox = makeSandbox();
  const remount = mountCache(sandbox, '20m');
  remount('ro');
  await expect(setUp(sandbox)).rejects.toThrow(fix);
  remount('rw');
  await expectSound(sandbox);
  remount('ro');
  const result = await setUp(sandbox);
  expect(result.library?.source).toBe('cache');
  expect(loads(result)).toBe(FAKE_VERSION);
});

test.skipIf(!canMount)('a disk that pip fills is named as full, and nothing is left on it', async () => {
  const sandbox = makeSandbox({ wheel: paddedWheel(false) });
  const remount = mountCache(sandbox, '4m');
  const result = await setUp(sandbox);
  expect(result.library).toBeUndefined();
  expect(attemptsAt('wheel', result)).toEqual([expect.stringMatching(/^failed: the disk is full/)]);
  // No other place would find more room.
  expect(attemptsAt('upstream', result)).toEqual([]);
  expect(readdirSync(sandbox.cache)).toEqual([]);
  remount('size=200m');
  await expectSound(sandbox);
});

test.skipIf(!canMount)('a disk too small for what a wheel unpacks to is told before it is full', async () => {
  const sandbox = makeSandbox({ wheel: paddedWheel(true) });
  const remount = mountCache(sandbox, '4m');
  const result = await setUp(sandbox);
  expect(attemptsAt('wheel', result)).toEqual([
    expect.stringMatching(/^failed: .*too full: \d+ MB are needed/),
  ]);
  expect(readdirSync(sandbox.cache)).toEqual([]);
  remount('size=200m');
  await expectSound(sandbox);
});

/** A wheel whose first library is 8 MB longer: of zeros, which take no room in a wheel, or of what nothing compresses. */
function paddedWheel(compressible: boolean): Uint8Array {
  const files = tensorflowFiles();
  const [[name, library] = ['', new Uint8Array()]] = Object.entries(files);
  const padding = new Uint8Array(8_000_000);
  if (!compressible)
    for (let i = 0; i < padding.length; i += 65_536) crypto.getRandomValues(padding.subarray(i, i + 65_536));
  return wheelBytes(wheelProject(), FAKE_VERSION, { ...files, [name]: Buffer.concat([library, padding]) });
}

/** Puts the cache on a disk of its own, in memory; returns how to change it. */
function mountCache({ folder }: Sandbox, size: string): (options: string) => void {
  const cache = join(folder, 'cache');
  mkdirSync(cache);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'podium-test', cache]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', cache]));
  return (options) => void execFileSync('mount', ['-o', `remount,${options}`, cache]);
}
