import { readdir, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inFolder, inSubfolder, type OpenFolder } from './open-folder.ts';

/** Somebody may still write into a folder that is being removed, and Windows frees names late. */
const TRIES = 4;
const WAIT_MS = 50;

export interface RemoveOptions {
  /** Follow no link below this folder. Default: only the last name of the path is not followed. */
  readonly root?: string;
}

/**
 * Removes a file, or a link itself. Returns false if there was none.
 * @throws PodiumError `link-refused`; errors of the system
 */
export async function removeFile(path: string, { root }: RemoveOptions = {}): Promise<boolean> {
  return await ifPresent(() =>
    inFolder(root ?? dirname(resolve(path)), dirname(resolve(path)), (folder) =>
      unlink(folder.at(basename(path))),
    ),
  );
}

/**
 * Removes a file, a link itself, or a folder with all that is in it. Nothing outside is ever removed, even if a folder in
 * it is swapped for a link meanwhile (which `fs.rm` would follow). Returns false if there was none.
 * @throws PodiumError `link-refused`; errors of the system
 */
export async function removeTree(path: string, { root }: RemoveOptions = {}): Promise<boolean> {
  return await ifPresent(() =>
    inFolder(root ?? dirname(resolve(path)), dirname(resolve(path)), (folder) =>
      removeIn(folder, basename(path)),
    ),
  );
}

async function removeIn(folder: OpenFolder, name: string): Promise<void> {
  try {
    return await unlink(folder.at(name));
  } catch (error) {
    // Linux says EISDIR for a folder, others EPERM.
    if (!['EISDIR', 'EPERM'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
    if ((error as NodeJS.ErrnoException).code === 'EPERM' && !(await isFolder(folder, name))) throw error;
  }
  for (let tries = 1; ; tries++) {
    await inSubfolder(folder, name, async (inside) => {
      for (const item of await readdir(inside.self)) await ifPresent(() => removeIn(inside, item));
    });
    try {
      return await rmdir(folder.at(name));
    } catch (error) {
      const code = String((error as NodeJS.ErrnoException).code);
      if (tries === TRIES || !['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EPERM'].includes(code)) throw error;
      await sleep(WAIT_MS * tries);
    }
  }
}

async function isFolder(folder: OpenFolder, name: string): Promise<boolean> {
  return inSubfolder(folder, name, async () => true).catch(() => false);
}

async function ifPresent(remove: () => Promise<unknown>): Promise<boolean> {
  try {
    await remove();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
