import { lstat, mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  inFolder,
  isProcessName,
  type OpenFolder,
  ownerOf,
  PodiumError,
  processName,
  removeFile,
  removeStaleTemporaries,
  removeTree,
  writeMark,
} from '@podium/core';
import { CLOCK, fileSystemTime } from './clock.ts';
import { storeError, systemCode } from './failure.ts';
import { type Layout, OUTPUTS, OWN, SCRATCH } from './layout.ts';
import { namesIn } from './names-in.ts';
import { listBelow } from './outputs.ts';

/** An attempt of another machine or container counts as a leftover after a day without writes. */
const FOREIGN_MS = 86_400_000;
/** Processes write at least this often, so that theirs do not. */
export const REFRESH_MS = 3_600_000;
const ALIVE = 'alive';

/** Folders of one attempt at an entry; nobody else looks into them. */
export interface Attempt {
  readonly id: string;
  readonly folder: string;
  readonly outputFolder: string;
  readonly scratchFolder: string;
  /** Removes all but the outputs. */
  seal(): Promise<void>;
  /** Removes them. */
  discard(): Promise<void>;
}

/** @throws PodiumError `store-not-writable`, `disk-full` */
export async function startAttempt(layout: Layout): Promise<Attempt> {
  const id = processName();
  const folder = join(layout.attempts, id);
  const outputFolder = join(folder, OUTPUTS);
  const scratchFolder = join(folder, SCRATCH);
  const { root } = layout;
  const refresh = setInterval(
    () => void writeMark(join(folder, ALIVE), 'x', { root, mode: OWN.mode }).catch(() => {}),
    REFRESH_MS,
  ).unref();
  const seal = async () => {
    clearInterval(refresh);
    await removeTree(scratchFolder, { root });
    await removeFile(join(folder, ALIVE), { root });
  };
  const discard = async () => {
    clearInterval(refresh);
    await removeTree(folder, { root }).catch(() => {});
  };
  try {
    const make = async ({ at }: OpenFolder) => {
      await mkdir(at(OUTPUTS), OWN.mode);
      await mkdir(at(SCRATCH), OWN.mode);
    };
    await inFolder(root, folder, make, OWN);
  } catch (error) {
    await discard();
    throw storeError(error, layout.folder);
  }
  return { id, folder, outputFolder, scratchFolder, seal, discard };
}

/**
 * Removes a folder of the store. It is moved away in one step and then deleted, so that nobody sees half of it. Returns
 * false if there was none.
 */
export async function removeFolder(layout: Layout, path: string): Promise<boolean> {
  const { root } = layout;
  const trash = join(layout.attempts, processName());
  try {
    await moveFolder(layout, path, trash);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    // A disk may be too full even for a rename; removal must still work, or it stays full.
    if (systemCode(error) !== 'ENOSPC') throw storeError(error, layout.folder);
    await removeTree(path, { root });
    return true;
  }
  await removeTree(trash, { root }).catch(() => {});
  return true;
}

/** Renames a folder of the store, or a link in its place, to another place in the store. */
export async function moveFolder({ root }: Layout, from: string, to: string): Promise<void> {
  await inFolder(root, dirname(from), (source) =>
    inFolder(root, dirname(to), (target) => rename(source.at(basename(from)), target.at(basename(to))), OWN),
  );
}

/**
 * Removes leftovers of dead processes and returns their names. Only names that a process of Podium gives are removed.
 * Does not fail if something cannot be removed: leftovers only take space.
 * @throws PodiumError `link-refused`
 */
export async function sweep(layout: Layout): Promise<string[]> {
  const { root } = layout;
  const removed: string[] = [];
  for (const folder of [layout.folder, layout.pins, layout.leases, layout.sources]) {
    const stale = inFolder(root, folder, ({ self }) => removeStaleTemporaries(self));
    removed.push(...(await stale.catch(unlessRefused)));
  }
  for (const name of await namesIn(layout, layout.folder)) {
    if (name.startsWith(CLOCK) && ownerOf(name.slice(CLOCK.length)) === 'dead')
      await remove(layout.folder, name);
  }
  for (const folder of [layout.attempts, layout.leases]) {
    const isLease = folder === layout.leases;
    const names = (await namesIn(layout, folder)).filter((name) => isProcessName(idOf(name, isLease)));
    if (names.length === 0) continue;
    const now = await fileSystemTime(layout.folder, root);
    for (const name of names) {
      const owner = ownerOf(idOf(name, isLease));
      if (owner === 'alive' || (owner === 'unknown' && !(await isOld(layout, join(folder, name), now))))
        continue;
      await remove(folder, name);
    }
  }
  return removed;

  async function remove(folder: string, name: string): Promise<void> {
    try {
      await (folder === layout.attempts ? removeTree : removeFile)(join(folder, name), { root });
      removed.push(name);
    } catch {
      // Read-only, for example.
    }
  }
}

function idOf(name: string, isLease: boolean): string {
  return isLease ? name.replace(/\.json$/, '') : name;
}

function unlessRefused(error: unknown): string[] {
  if (error instanceof PodiumError) throw error;
  return [];
}

/** Whether nothing in it was written for so long that no process can still be working on it. */
async function isOld({ root }: Layout, path: string, nowNs: bigint | undefined): Promise<boolean> {
  if (nowNs === undefined) return false;
  try {
    const isFolder = (await lstat(path)).isDirectory();
    const inside = isFolder ? await listBelow(path, root) : { files: [], folders: [] };
    for (const below of ['', ...inside.folders, ...inside.files]) {
      if ((await lstat(join(path, below))).mtimeMs >= Number(nowNs / 1_000_000n) - FOREIGN_MS) return false;
    }
    return true;
  } catch {
    // Something is changing there.
    return false;
  }
}
