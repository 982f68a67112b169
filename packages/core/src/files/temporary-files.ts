import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOf, processName } from './process-name.ts';

/** A temporary file is named after the process that writes it. */
const PATTERN = /^\.podium-(.+)\.tmp$/;

/** A new name, in `folder`, for a file that this process is about to write and rename. */
export function temporaryPath(folder: string): string {
  return join(folder, `.podium-${processName()}.tmp`);
}

/**
 * Removes the temporary files that dead processes of this machine left in `folder`, and returns their names.
 * Those of living processes, of other machines that share the folder, and what may not be removed, stay. A folder that
 * cannot be read holds none.
 */
export async function removeStaleTemporaries(folder: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (ownerOf(PATTERN.exec(name)?.[1] ?? '') !== 'dead') continue;
    try {
      await rm(join(folder, name), { force: true });
      removed.push(name);
    } catch {
      // Another user's file in a shared folder, say: it must not keep this process from its work.
    }
  }
  return removed.sort();
}
