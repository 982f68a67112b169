import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOf, processName } from './process-name.ts';

const PATTERN = /^\.podium-(.+)\.tmp$/;

/** A new name for a file that this process will write and rename. */
export function temporaryName(): string {
  return `.podium-${processName()}.tmp`;
}

/**
 * Removes the temporary files that dead processes of this machine left in `folder`, and returns their names. Files of
 * running processes, of other machines that share the folder, and files it may not remove are kept. A folder that cannot
 * be read counts as empty.
 */
export async function removeStaleTemporaries(folder: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (ownerOf(PATTERN.exec(name)?.[1] ?? '') !== 'dead') continue;
    try {
      await unlink(join(folder, name));
      removed.push(name);
    } catch {
      // For example another user's file in a shared folder: not a reason to fail.
    }
  }
  return removed.sort();
}
