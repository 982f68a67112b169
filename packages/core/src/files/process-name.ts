import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/*
 * Files that a process leaves on disk are named after it: `<host>-<pid>-<random>`. This tells the leftovers of killed
 * processes from the files of running ones, without clocks.
 */
const PATTERN = /^([0-9a-f]{8})-([1-9]\d{0,9})-[0-9a-f]{16}$/;

/** Identifies this host and, on Linux, this container's process namespace: where process ids are comparable. */
const HOST = createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 8);

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** A new name that identifies this process. */
export function processName(): string {
  return `${HOST}-${process.pid}-${randomBytes(8).toString('hex')}`;
}

/** Whether a name is one that a process gave, on whatever machine. */
export function isProcessName(name: string): boolean {
  return PATTERN.test(name);
}

/** Whether the process that created a name is running; `unknown` for names of other machines and for other strings. */
export function ownerOf(name: string): 'alive' | 'dead' | 'unknown' {
  const [, host, pid] = PATTERN.exec(name) ?? [];
  if (host !== HOST) return 'unknown';
  try {
    process.kill(Number(pid), 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'dead' : 'alive';
  }
}
