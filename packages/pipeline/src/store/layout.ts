import { join } from 'node:path';

/** Where things lie in a store. Nothing in it refers to its own path: it can be moved and copied. */
export interface Layout {
  readonly folder: string;
  /** Tells that the folder is a store, and of which form. */
  readonly marker: string;
  /** `<key>/manifest.json` and `<key>/outputs/`; what is in here is whole. */
  readonly entries: string;
  /** What is being made or removed, a folder each, named after the process at work on it. */
  readonly attempts: string;
  readonly locks: string;
  /** `<key>/`: what attempts at an entry leave for the next attempt, until one succeeds. */
  readonly work: string;
  /** `<key>`: a file whose time of modification is the entry's last use. */
  readonly used: string;
  /** Entries that are to be kept, by who wants them kept. */
  readonly pins: string;
  /** Entries that living processes are at work with. */
  readonly leases: string;
  /** What was in source folders, so that a changed file can be named. */
  readonly sources: string;
  readonly fileHashes: string;
}

export const MANIFEST = 'manifest.json';
export const OUTPUTS = 'outputs';
export const SCRATCH = 'scratch';

export function layoutOf(folder: string): Layout {
  return {
    folder,
    marker: join(folder, 'podium-store.json'),
    entries: join(folder, 'entries'),
    attempts: join(folder, 'attempts'),
    locks: join(folder, 'locks'),
    work: join(folder, 'work'),
    used: join(folder, 'used'),
    pins: join(folder, 'pins'),
    leases: join(folder, 'leases'),
    sources: join(folder, 'sources'),
    fileHashes: join(folder, 'file-hashes.txt'),
  };
}

export function isKey(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}
