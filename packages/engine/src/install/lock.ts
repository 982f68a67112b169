import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeClosed, PodiumError } from '@podium/core';
import { lock } from 'proper-lockfile';
import { briefly, systemCode } from './failure.ts';

/** A lock that was not refreshed for this long belongs to a dead process and is taken over. */
const STALE_MS = 10_000;
const LOCK = '.lock';

/** Options of {@link withLock}. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once if another process holds the lock. */
  readonly onWait: () => void;
  /** What the folder caches, for messages. Default: `TensorFlow`. */
  readonly what?: string;
}

/**
 * Runs `work` under an exclusive lock among all processes, on all machines, that share the folder. The lock of a killed
 * process is taken over after ten seconds. The signal that `work` gets is also aborted if this process was suspended
 * for so long that it lost the lock; then `work` runs again once the other process is done, so it has to check first
 * what exists.
 *
 * @throws PodiumError `engine-cache-unwritable` if the folder cannot be created or written to
 */
export async function withLock<T>(
  folder: string,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await withLockOnce(folder, options, work);
    } catch (error) {
      if (systemCode(error) !== 'ECOMPROMISED') throw error;
    }
  }
}

async function withLockOnce<T>(
  folder: string,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const release = await acquire(folder, options, lost);
  const held = await identityOf(folder);
  const outcome = await work(
    options.signal === undefined ? lost.signal : AbortSignal.any([options.signal, lost.signal]),
  ).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  // Whoever took a lock over cleans up below the work that lost it, often before the loss is noticed. It is theirs to release.
  if (held === undefined || (await identityOf(folder)) !== held)
    throw Object.assign(new Error('the lock was lost'), { code: 'ECOMPROMISED' });
  await release().catch(() => {});
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

/** Of the lock as it lies there, to tell it from one that another process made; undefined if there is none. */
async function identityOf(folder: string): Promise<string | undefined> {
  const found = await stat(join(folder, LOCK), { bigint: true }).catch(() => undefined);
  return found && `${found.dev} ${found.ino} ${found.birthtimeNs}`;
}

async function acquire(
  folder: string,
  { signal, onWait, what }: LockOptions,
  lost: AbortController,
): Promise<() => Promise<void>> {
  let waiting = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      await makeClosed(folder);
      return await lock(folder, {
        lockfilePath: join(folder, LOCK),
        realpath: false,
        stale: STALE_MS,
        update: STALE_MS / 4,
        onCompromised: (error) => lost.abort(error),
      });
    } catch (error) {
      if (systemCode(error) !== 'ELOCKED') throw unwritable(folder, error, what);
    }
    if (!waiting) onWait();
    waiting = true;
    await sleep(200, undefined, signal === undefined ? {} : { signal });
  }
}

/** The error for a cache folder that is not writable. */
export function unwritable(folder: string, error: unknown, what = 'TensorFlow'): PodiumError {
  return new PodiumError(
    {
      code: 'engine-cache-unwritable',
      path: { file: folder },
      message: `${what} cannot be stored in Podium's cache folder (${briefly(error)})`,
      fix: 'make the folder writable, or set PODIUM_CACHE to a folder that is',
    },
    { cause: error },
  );
}
