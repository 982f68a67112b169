import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PodiumError } from '@podium/core';
import { lock } from 'proper-lockfile';
import { briefly, systemCode } from './failure.ts';

/** A lock whose holder shows no sign of life for this long belongs to a killed process and is taken over. */
const STALE_MS = 10_000;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told once, where another process holds the lock. */
  readonly onWait: () => void;
  /** What is kept in the folder, for messages; `TensorFlow` where left out. */
  readonly what?: string;
}

/**
 * Runs `work` while no other process on any machine that shares the folder runs it. A lock left by `kill -9` is taken
 * over after ten seconds. `work` gets a signal that also fires where this process was held up for so long that another
 * one took the lock over; then it is run once more, after that other one: it has to begin with a look at what is there.
 *
 * @throws PodiumError `engine-cache-unwritable` where the folder cannot be made or written to.
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
  try {
    return await work(
      options.signal === undefined ? lost.signal : AbortSignal.any([options.signal, lost.signal]),
    );
  } finally {
    // Where the lock was lost there is nothing to release.
    await release().catch(() => {});
  }
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
      await mkdir(folder, { recursive: true });
      return await lock(folder, {
        lockfilePath: join(folder, '.lock'),
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

/** The error for a cache folder that cannot be written to. */
export function unwritable(folder: string, error: unknown, what = 'TensorFlow'): PodiumError {
  return new PodiumError(
    {
      code: 'engine-cache-unwritable',
      path: { file: folder },
      message: `${what} cannot be kept in Podium's cache folder (${briefly(error)})`,
      fix: 'make the folder writable, or set PODIUM_CACHE to a folder that is',
    },
    { cause: error },
  );
}
