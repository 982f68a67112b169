import { basename, join } from 'node:path';

/** Paths in a store. No file in it refers to its own path, so a store can be moved and copied. */
export interface Layout {
  readonly folder: string;
  /** The folder, or one above it: below, no link is followed. */
  readonly root: string;
  /** Marks the folder as a store, with its format. */
  readonly marker: string;
  /** `<key>/manifest.json` and `<key>/outputs/`; every entry in here is complete. */
  readonly entries: string;
  /** One folder per entry that is being made or removed, named after the process that does it. */
  readonly attempts: string;
  /** `<key>/`: who computes it. */
  readonly claims: string;
  /** `<key>/`, or `<key>.<claim>/` while somebody holds the claim: checkpoints of unfinished entries. */
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
  /** Jobs that runs ask workers for. */
  readonly exchange: string;
}

export const MANIFEST = 'manifest.json';
export const OUTPUTS = 'outputs';
export const SCRATCH = 'scratch';
/** Of folders in a store: whoever can write to it decides what a run finds there. */
export const OWN = { create: true, mode: 0o755 } as const;

export function layoutOf(folder: string, root: string = folder): Layout {
  return {
    folder,
    root,
    marker: join(folder, 'podium-store.json'),
    entries: join(folder, 'entries'),
    attempts: join(folder, 'attempts'),
    claims: join(folder, 'claims'),
    work: join(folder, 'work'),
    used: join(folder, 'used'),
    pins: join(folder, 'pins'),
    leases: join(folder, 'leases'),
    sources: join(folder, 'sources'),
    fileHashes: join(folder, 'file-hashes.txt'),
    exchange: join(folder, 'exchange'),
  };
}

/** Everything that Podium itself makes in a store's folder. */
export function namesOf({ folder, root, ...paths }: Layout): string[] {
  return Object.values(paths).map((path) => basename(path));
}

export function isKey(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}
