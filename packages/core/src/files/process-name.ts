import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/*
 * What a process leaves on disk is named after it: `<place>-<pid>-<random>`. So what a killed process left can be told
 * from what a living one is at work on, without looking at clocks.
 */
const PATTERN = /^([0-9a-f]{8})-([1-9]\d{0,9})-[0-9a-f]{16}$/;

/** Where process ids mean what they mean here: this host and, on Linux, this container's process namespace. */
const PLACE = createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 8);

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** A new name that tells which process gave it. */
export function processName(): string {
  return `${PLACE}-${process.pid}-${randomBytes(8).toString('hex')}`;
}

/** Whether the process that gave a name lives; `unknown` for other machines' and for names that are none. */
export function ownerOf(name: string): 'alive' | 'dead' | 'unknown' {
  const [, place, pid] = PATTERN.exec(name) ?? [];
  if (place !== PLACE) return 'unknown';
  try {
    process.kill(Number(pid), 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'dead' : 'alive';
  }
}
