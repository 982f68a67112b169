import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, type RunnerTestCase as Test, TestRunner } from 'vitest';
import { ALLOWED_SKIPS } from './skips.ts';

/**
 * A command that runs another one in a separate mount namespace, or undefined if this machine does not allow it. Root needs
 * no user namespace for that, except in some containers.
 */
export const ownMounts: readonly string[] | undefined = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount'],
].find((command) => works([...command, 'mount', '-t', 'tmpfs', 'podium-test', tmpdir()]));

export interface Disk {
  readonly path: string;
  /** Changes its options: `ro`, `size=20m`. */
  remount(options: string): void;
}

/** Mounts a disk in memory (tmpfs) at `path` until the test ends; only its owner may write to it. Only inside of `withDisks`. */
export function mountDisk(path: string, options: string): Disk {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=755,${options}`, 'podium-test', path]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', path]));
  return { path, remount: (more) => void execFileSync('mount', ['-o', `remount,${more}`, path]) };
}

/**
 * Wraps a test that mounts disks. If this process is not allowed to, the test runs in a second Vitest inside of a user
 * namespace; if that is not allowed either, it is skipped.
 */
export function withDisks<Parameters extends readonly unknown[]>(
  body: (...parameters: Parameters) => Promise<void>,
): (...parameters: Parameters) => Promise<void> {
  if (ownMounts?.length === 2) return body;
  return async () => {
    const { context, file, fullTestName } = TestRunner.getCurrentTest<Test>();
    if (ownMounts === undefined) return context.skip(ALLOWED_SKIPS.disks);
    const root = file.filepath.slice(0, -file.name.length);
    const vitest = join(createRequire(import.meta.url).resolve('vitest/package.json'), '..', 'vitest.mjs');
    const name = fullTestName.replaceAll(' > ', ' ').replaceAll(/[^\w ]/g, '.');
    const [program = '', ...parameters] = [...ownMounts, process.execPath, vitest];
    const words = ['run', '--root', root, file.filepath, '-t', `^${name}$`, '--reporter', 'tap-flat'];
    const { stdout, stderr } = await promisify(execFile)(program, [...parameters, ...words], {
      signal: context.signal,
    }).catch((error: { stdout: string; stderr: string }) => error);
    // Vitest also succeeds if no test matches the name.
    expect(stdout, stderr).toMatch(/^ok (?!.*# SKIP)/m);
    expect(stdout, stderr).not.toMatch(/^not ok/m);
  };
}

function works([program = '', ...parameters]: readonly string[]): boolean {
  return process.platform === 'linux' && spawnSync(program, parameters).status === 0;
}
