import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOf, processName, removeStaleTemporaries } from '@podium/core';
import { CLOCK, fileSystemTime } from './clock.ts';
import { storeError, systemCode } from './failure.ts';
import { type Layout, OUTPUTS, SCRATCH } from './layout.ts';
import { sweepLocks } from './lock.ts';
import { listBelow } from './outputs.ts';

/** An attempt of another machine or container counts as a leftover after a day without writes. */
const FOREIGN_MS = 86_400_000;

/** Folders of one attempt at an entry; nobody else looks into them. */
export interface Attempt {
  readonly id: string;
  readonly folder: string;
  readonly outputFolder: string;
  readonly scratchFolder: string;
  /** Removes them. */
  discard(): Promise<void>;
}

/** @throws PodiumError `store-not-writable`, `disk-full` */
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
 * Removes a folder of the store. It is moved away in one step and then deleted, so that nobody sees half of it. Returns
 * false if there was none.
 */
export async function removeFolder(layout: Layout, path: string): Promise<boolean> {
  const trash = join(layout.attempts, processName());
  try {
    await mkdir(layout.attempts, { recursive: true });
    await rename(path, trash);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    // A disk may be too full even for a rename; removal must still work, or it stays full.
    if (systemCode(error) !== 'ENOSPC') throw storeError(error, layout.folder);
    await rm(path, { recursive: true, force: true });
    return true;
  }
  await rm(trash, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  return true;
}

/** Removes leftovers of dead processes and returns their names. Never fails: leftovers only take space. */
export async function sweep(layout: Layout): Promise<string[]> {
  const removed: string[] = [];
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
      // Read-only, for example.
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

/** Whether nothing in it was written for so long that no process can still be working on it. */
async function isOld(path: string, nowNs: bigint | undefined): Promise<boolean> {
  if (nowNs === undefined) return false;
  try {
    const inside = (await stat(path)).isDirectory() ? await listBelow(path) : { files: [], folders: [] };
    for (const below of ['', ...inside.folders, ...inside.files]) {
      if ((await stat(join(path, below))).mtimeMs >= Number(nowNs / 1_000_000n) - FOREIGN_MS) return false;
    }
    return true;
  } catch {
    // Something is changing there.
    return false;
  }
}
