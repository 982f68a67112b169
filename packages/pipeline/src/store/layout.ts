import { join } from 'node:path';

/** Paths in a store. No file in it refers to its own path, so a store can be moved and copied. */
export interface Layout {
  readonly folder: string;
  /** Marks the folder as a store, with its format. */
  readonly marker: string;
  /** `<key>/manifest.json` and `<key>/outputs/`; every entry in here is complete. */
  readonly entries: string;
  /** One folder per entry that is being made or removed, named after the process that does it. */
  readonly attempts: string;
  readonly locks: string;
  /** `<key>/`: checkpoints of unfinished entries. */
  readonly work: string;
  /** `<key>`: a file whose modification time is the entry's last use. */
  readonly used: string;
  /** Entries that are protected from collection, by name. */
  readonly pins: string;
  /** Entries that running processes use. */
  readonly leases: string;
  /** File lists of source folders, so that a changed file can be named. */
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
