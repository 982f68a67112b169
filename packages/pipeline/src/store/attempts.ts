import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemTime } from './clock.ts';
import { storeError, systemCode } from './failure.ts';
import { type Layout, OUTPUTS, SCRATCH } from './layout.ts';
import { ownerOf, processName } from './owner.ts';

/** Whatever another machine, or a container that is no more, left for this long is a leftover. */
const FOREIGN_NS = 86_400_000_000_000n;

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
  for (const folder of [layout.attempts, layout.leases]) {
    const names = (await readdir(folder).catch(() => [])).sort();
    if (names.length === 0) continue;
    const now = await fileSystemTime(layout.folder);
    for (const name of names) {
      const path = join(folder, name);
      const owner = ownerOf(name.replace(/\.json$/, ''));
      if (owner === 'alive' || (owner === 'unknown' && !(await isOld(path, now)))) continue;
      const gone = await rm(path, { recursive: true, force: true }).then(
        () => true,
        () => false,
      );
      if (gone) removed.push(name);
    }
  }
  return removed;
}

async function isOld(path: string, now: bigint | undefined): Promise<boolean> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return now !== undefined && found !== undefined && found.mtimeNs < now - FOREIGN_NS;
}
