import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOf, processName, removeStaleTemporaries } from '@podium/core';
import { CLOCK, fileSystemTime } from './clock.ts';
import { storeError, systemCode } from './failure.ts';
import { type Layout, OUTPUTS, SCRATCH } from './layout.ts';
import { sweepLocks } from './lock.ts';
import { listBelow } from './outputs.ts';

/** What another machine, or a container that is no more, did not write to for a day is a leftover. */
const FOREIGN_MS = 86_400_000;

/** A folder in which one attempt at an entry is made; nothing looks into it but who made it. */
export interface Attempt {
  readonly id: string;
  readonly folder: string;
  readonly outputFolder: string;
  readonly scratchFolder: string;
  /** Removes what is left of it. */
  discard(): Promise<void>;
}

/** @throws PodiumError `store-not-writable`, `disk-full`. */
export async function startAttempt(layout: Layout): Promise<Attempt> {
  const id = processName();
  const folder = join(layout.attempts, id);
  const outputFolder = join(folder, OUTPUTS);
  const scratchFolder = join(folder, SCRATCH);
  const discard = () => rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  try {
    await mkdir(outputFolder, { recursive: true });
    await mkdir(scratchFolder);
  } catch (error) {
    await discard();
    throw storeError(error, layout.folder);
  }
  return { id, folder, outputFolder, scratchFolder, discard };
}

/**
 * Removes a folder of the store: it leaves its place at once, in one step, and is deleted after that, so that nobody
 * ever sees half of it. Returns false where there was none.
 */
export async function removeFolder(layout: Layout, path: string): Promise<boolean> {
  const away = join(layout.attempts, processName());
  try {
    await mkdir(layout.attempts, { recursive: true });
    await rename(path, away);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    // No room even for a name: a removal must still be possible, or a full disk stays full.
    if (systemCode(error) !== 'ENOSPC') throw storeError(error, layout.folder);
    await rm(path, { recursive: true, force: true });
    return true;
  }
  await rm(away, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  return true;
}

/** Removes what dead processes left, and returns the names. Never fails: leftovers only take room. */
export async function sweep(layout: Layout): Promise<string[]> {
  const removed: string[] = [];
  // Opened anew each time, a store is swept by its next user at the latest.
  for (const folder of [layout.folder, layout.pins, layout.leases, layout.sources]) {
    removed.push(...(await removeStaleTemporaries(folder)));
  }
  for (const name of await namesIn(layout.folder)) {
    if (name.startsWith(CLOCK) && ownerOf(name.slice(CLOCK.length)) === 'dead')
      await remove(layout.folder, name);
  }
  for (const folder of [layout.attempts, layout.leases]) {
    const names = await namesIn(folder);
    if (names.length === 0) continue;
    const now = await fileSystemTime(layout.folder);
    for (const name of names) {
      const owner = ownerOf(name.replace(/\.json$/, ''));
      if (owner === 'alive' || (owner === 'unknown' && !(await isOld(join(folder, name), now)))) continue;
      await remove(folder, name);
    }
  }
  await sweepLocks(layout.locks);
  return removed;

  async function remove(folder: string, name: string): Promise<void> {
    try {
      await rm(join(folder, name), { recursive: true, force: true });
      removed.push(name);
    } catch {
      // Read only, say.
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

/** Whether nothing in it was written for so long that nobody can be at work on it. */
async function isOld(path: string, nowNs: bigint | undefined): Promise<boolean> {
  if (nowNs === undefined) return false;
  try {
    const inside = (await stat(path)).isDirectory() ? await listBelow(path) : { files: [], folders: [] };
    for (const below of ['', ...inside.folders, ...inside.files]) {
      if ((await stat(join(path, below))).mtimeMs >= Number(nowNs / 1_000_000n) - FOREIGN_MS) return false;
    }
    return true;
  } catch {
    // Something is moving there.
    return false;
  }
}
