import { lstat, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  inFolder,
  linkFreeFs,
  linkRefused,
  type OpenFolder,
  ownerOf,
  processName,
  readText,
  removeFile,
  writeMark,
} from '@podium/core';
import { lock } from 'proper-lockfile';
import { storeError, systemCode } from './failure.ts';
import { isKey, type Layout, OWN } from './layout.ts';
import { namesIn } from './names-in.ts';

/** A lock of another machine that was not refreshed for this long belongs to a dead process. */
const STALE_MS = 10_000;
const WAIT_MS = 100;
const TAKE_OVER = 'take-over';
const OWNER = '.owner';

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
  layout: Pick<Layout, 'locks' | 'root'>,
  name: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const release = await acquire(layout, name, options);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(
  layout: Pick<Layout, 'locks' | 'root'>,
  name: string,
  { signal, onWait }: LockOptions,
): Promise<() => Promise<void>> {
  const { locks: folder, root } = layout;
  const path = join(folder, name);
  const ownerFile = `${path}${OWNER}`;
  let waiting = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const release = await holdLock(layout, name);
      // Without an owner file (on a full disk) the lock is taken over later, not at once.
      await writeMark(ownerFile, processName(), { root, mode: OWN.mode }).catch(() => {});
      return async () => {
        await removeFile(ownerFile, { root }).catch(() => {});
        // A lost lock cannot be released.
        await release().catch(() => {});
      };
    } catch (error) {
      if (systemCode(error) !== 'ELOCKED') throw storeError(error, folder);
    }
    if (await takeOver(layout, name)) continue;
    if (!waiting) onWait?.();
    waiting = true;
    await sleep(WAIT_MS, undefined, signal === undefined ? {} : { signal });
  }
}

async function holdLock(
  { locks, root }: Pick<Layout, 'locks' | 'root'>,
  name: string,
): Promise<() => Promise<void>> {
  const path = join(locks, name);
  const check = async ({ at }: OpenFolder) => {
    const found = await lstat(at(name)).catch(() => undefined);
    if (found?.isSymbolicLink()) throw linkRefused(path);
  };
  await inFolder(root, locks, check, OWN);
  return lock(path, {
    lockfilePath: path,
    fs: linkFreeFs,
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
async function takeOver(layout: Pick<Layout, 'locks' | 'root'>, name: string): Promise<boolean> {
  const { locks, root } = layout;
  const ownerFile = join(locks, `${name}${OWNER}`);
  if (!(await ownerIsDead(ownerFile, root))) return false;
  let release: () => Promise<void>;
  try {
    release = await holdLock(layout, TAKE_OVER);
  } catch {
    return false;
  }
  try {
    if (!(await ownerIsDead(ownerFile, root))) return false;
    if (!(await removeFile(ownerFile, { root }))) return false;
    await inFolder(root, locks, ({ at }) => rmdir(at(name))).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error;
    });
    return true;
  } catch {
    return false;
  } finally {
    await release().catch(() => {});
  }
}

/** Removes locks of dead processes of this machine. @throws PodiumError `link-refused` */
export async function sweepLocks(layout: Pick<Layout, 'locks' | 'root'>): Promise<void> {
  for (const file of await namesIn(layout, layout.locks)) {
    const name = basename(file, OWNER);
    if (file.endsWith(OWNER) && isKey(name)) await takeOver(layout, name);
  }
}

async function ownerIsDead(ownerFile: string, root: string): Promise<boolean> {
  const owner = await readText(ownerFile, { root, maxBytes: 1000 }).catch(() => undefined);
  return owner !== undefined && ownerOf(owner) === 'dead';
}
