import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/*
 * A temporary file is named after the process that writes it: `.podium-<place>-<pid>-<random>.tmp`. So what a killed
 * process left behind can be told from what a living one is writing, without looking at clocks.
 */
const PATTERN = /^\.podium-([0-9a-f]{8})-([1-9]\d{0,9})-[0-9a-f]{16}\.tmp$/;

/** Where process ids mean what they mean here: this host and, on Linux, this container's process namespace. */
const PLACE = createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 8);

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** A new name, in `folder`, for a file that this process is about to write and rename. */
export function temporaryPath(folder: string): string {
  return join(folder, `.podium-${PLACE}-${process.pid}-${randomBytes(8).toString('hex')}.tmp`);
}

/**
 * Removes the temporary files that dead processes of this machine left in `folder`, and returns their names.
 * Those of living processes, of other machines that share the folder, and what may not be removed, stay. A folder that
 * cannot be read holds none.
 */
export async function removeStaleTemporaries(folder: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const [, place, pid] = PATTERN.exec(name) ?? [];
    if (place !== PLACE || isAlive(Number(pid))) continue;
    try {
      await rm(join(folder, name), { force: true });
      removed.push(name);
    } catch {
      // Another user's file in a shared folder, say: it must not keep this process from its work.
    }
  }
  return removed.sort();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
