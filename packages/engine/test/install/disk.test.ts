import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountDisk, withDisks } from '@podium/test-kit/disks';
import { withoutSuperuser } from '@podium/test-kit/superuser';
import { expect, test } from 'vitest';
import { FAKE_VERSION, makeSandbox, tensorflowFiles, wheelBytes, wheelProject } from './fake-tensorflow.ts';
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

test('a cache folder without permission to write is an error', async () => {
  const sandbox = makeSandbox();
  const cache = join(sandbox.folder, 'cache');
  mkdirSync(cache);
  chmodSync(sandbox.folder, 0o755);
  chmodSync(cache, 0o555);
  await expect(withoutSuperuser(() => setUp(sandbox))).rejects.toThrow(fix);
  chmodSync(cache, 0o755);
  await expectSound(sandbox);
});

test(
  'a read-only disk is an error, unless all that is needed lies on it',
  { timeout: 90_000 },
  withDisks(async () => {
    const sandbox = makeSandbox();
    const disk = mountDisk(join(sandbox.folder, 'cache'), 'size=20m');
    disk.remount('ro');
    await expect(setUp(sandbox)).rejects.toThrow(fix);
    disk.remount('rw');
    await expectSound(sandbox);
    disk.remount('ro');
    const result = await setUp(sandbox);
    expect(result.library?.source).toBe('cache');
    expect(loads(result)).toBe(FAKE_VERSION);
  }),
);

test(
  'a disk that pip fills is named as full, and nothing is left on it',
  { timeout: 90_000 },
  withDisks(async () => {
    const sandbox = makeSandbox({ wheel: paddedWheel(false) });
    const disk = mountDisk(join(sandbox.folder, 'cache'), 'size=4m');
    const result = await setUp(sandbox);
    expect(result.library).toBeUndefined();
    expect(attemptsAt('wheel', result)).toEqual([expect.stringMatching(/^failed: the disk is full/)]);
    // No other place would find more room.
    expect(attemptsAt('upstream', result)).toEqual([]);
    expect(readdirSync(sandbox.cache)).toEqual([]);
    disk.remount('size=200m');
    await expectSound(sandbox);
  }),
);

test(
  'a disk too small for what a wheel unpacks to is told before it is full',
  { timeout: 90_000 },
  withDisks(async () => {
    const sandbox = makeSandbox({ wheel: paddedWheel(true) });
    const disk = mountDisk(join(sandbox.folder, 'cache'), 'size=4m');
    const result = await setUp(sandbox);
    expect(attemptsAt('wheel', result)).toEqual([
      expect.stringMatching(/^failed: .*too full: \d+ MB are needed/),
    ]);
    expect(readdirSync(sandbox.cache)).toEqual([]);
    disk.remount('size=200m');
    await expectSound(sandbox);
  }),
);

/**
 * A wheel whose first library is 8 MB longer: of zeros, which take no room in a wheel, or of what nothing compresses.
 */
function paddedWheel(compressible: boolean): Uint8Array {
  const files = tensorflowFiles();
  const [[name, library] = ['', new Uint8Array()]] = Object.entries(files);
  const padding = new Uint8Array(8_000_000);
  if (!compressible)
    for (let i = 0; i < padding.length; i += 65_536) crypto.getRandomValues(padding.subarray(i, i + 65_536));
  return wheelBytes(wheelProject(), FAKE_VERSION, { ...files, [name]: Buffer.concat([library, padding]) });
}
