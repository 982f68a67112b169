import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownerOf, processName } from '@podium/core';
import { lock } from 'proper-lockfile';
import { storeError, systemCode } from './failure.ts';

/** A lock of another machine that was not refreshed for this long belongs to a dead process. */
const STALE_MS = 10_000;
const WAIT_MS = 100;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once if another process holds the lock. */
  readonly onWait?: (() => void) | undefined;
}

/**
 * Runs `work` under an exclusive lock among all processes that share the store. The lock of a dead process is taken
 * over: at once if it ran on this machine, after ten seconds if on another one.
 *
 * A process that was suspended for longer may lose its lock to another one. It keeps working: it commits the same
 * bytes, and a late second commit is dropped.
 */
export async function withLock<T>(
  folder: string,
  name: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const release = await acquire(folder, name, options);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(
  folder: string,
  name: string,
  { signal, onWait }: LockOptions,
): Promise<() => Promise<void>> {
  const path = join(folder, name);
  const ownerFile = `${path}.owner`;
  let waiting = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      await mkdir(folder, { recursive: true });
      const release = await holdLock(path);
      // Without an owner file (on a full disk) the lock is taken over later, not at once.
      await writeFile(ownerFile, processName()).catch(() => {});
      return async () => {
        await rm(ownerFile, { force: true }).catch(() => {});
        // A lost lock cannot be released.
        await release().catch(() => {});
      };
    } catch (error) {
      if (systemCode(error) !== 'ELOCKED') throw storeError(error, folder);
    }
    if (await takeOver(folder, path, ownerFile)) continue;
    if (!waiting) onWait?.();
    waiting = true;
    await sleep(WAIT_MS, undefined, signal === undefined ? {} : { signal });
  }
}

function holdLock(path: string): Promise<() => Promise<void>> {
  return lock(path, {
    lockfilePath: path,
    realpath: false,
    stale: STALE_MS,
    update: STALE_MS / 4,
    onCompromised: () => {},
  });
}

/**
 * Removes the lock of a dead owner. Only one process at a time does, and it removes the owner file first, so that no
 * other one removes a lock that was just acquired this way.
 */
async function takeOver(folder: string, path: string, ownerFile: string): Promise<boolean> {
  if (!(await ownerIsDead(ownerFile))) return false;
  let release: () => Promise<void>;
  try {
    release = await holdLock(join(folder, 'take-over'));
  } catch {
    return false;
  }
  try {
    if (!(await ownerIsDead(ownerFile))) return false;
    await rm(ownerFile);
    await rmdir(path).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error;
    });
    return true;
  } catch {
    return false;
  } finally {
    await release().catch(() => {});
  }
}

/** Removes locks of dead processes of this machine. Never fails. */
export async function sweepLocks(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith('.owner')) continue;
    const path = join(folder, name.slice(0, -'.owner'.length));
    await takeOver(folder, path, join(folder, name));
  }
}

async function ownerIsDead(ownerFile: string): Promise<boolean> {
  const owner = await readFile(ownerFile, 'utf8').catch(() => undefined);
  return owner !== undefined && ownerOf(owner) === 'dead';
}
