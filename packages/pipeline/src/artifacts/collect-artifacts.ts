import { z } from 'zod';
import { type ArtifactStore, entryPath, FOLDERS, GRACE_MS, objectPath } from './artifact-store.ts';

const CONDEMNED = 'condemned.json';
const condemnedSchema = z.array(z.string().regex(/^[0-9a-f]{64}$/));
const leaseSchema = z.object({ keys: z.array(z.string()) });
/** A lease that was not renewed for this long belongs to a run that is gone. */
const LEASE_MS = GRACE_MS;

export interface CollectArtifactsOptions {
  /** Remove entries that were stored longer ago; default: none. */
  readonly maxAgeMs?: number;
  /** Keep files that nothing refers to for this long; default: a day. */
  readonly graceMs?: number;
}

export interface CollectedArtifacts {
  /** Keys of removed entries. */
  readonly entries: readonly string[];
  /** Hashes of removed files. */
  readonly files: readonly string[];
  readonly freedBytes: number;
}

/**
 * Removes old entries, and files that no entry refers to; never what a running job needs. Entries that a run has leased
 * stay. A file is removed only if an earlier collection, at least a grace period before, already found that nothing
 * referred to it, and nobody has stored it since: whoever reads or writes an entry has that long to finish.
 */
export async function collectArtifacts(
  store: ArtifactStore,
  { maxAgeMs = Number.POSITIVE_INFINITY, graceMs = GRACE_MS }: CollectArtifactsOptions = {},
): Promise<CollectedArtifacts> {
  const { objects } = store;
  const entries: string[] = [];
  const used = new Set<string>();
  for await (const { path, ageMs } of objects.list(FOLDERS.entries)) {
    const key = path.slice(FOLDERS.entries.length).replace(/\.json$/, '');
    const isOld = ageMs > maxAgeMs && !(await leasedKeys(store)).has(key);
    // A damaged one refers to nothing that could be found.
    const manifest = await store.manifest(key).catch(() => undefined);
    if (isOld) {
      await objects.remove(entryPath(key));
      entries.push(key);
    } else for (const { sha256 } of manifest?.files ?? []) used.add(sha256);
  }
  const files: string[] = [];
  let freedBytes = 0;
  const before = await condemned(store);
  if (before.ageMs < graceMs) return { entries, files, freedBytes };
  const unused: string[] = [];
  for await (const { path, size } of objects.list(FOLDERS.objects)) {
    const sha256 = path.split('/').at(-1) ?? '';
    if (used.has(sha256) || path !== objectPath(sha256)) continue;
    const now = before.hashes.has(sha256) ? await objects.stat(path) : undefined;
    if (now !== undefined && now.ageMs >= graceMs) {
      await objects.remove(path);
      files.push(sha256);
      freedBytes += size;
    } else unused.push(sha256);
  }
  await objects.write(CONDEMNED, Buffer.from(JSON.stringify(unused)));
  return { entries, files, freedBytes };
}

const NONE: { readonly hashes: Set<string>; readonly ageMs: number } = {
  hashes: new Set(),
  ageMs: Number.POSITIVE_INFINITY,
};

/** What the last collection found unused, and how long ago. */
async function condemned(store: ArtifactStore): Promise<typeof NONE> {
  const found = await store.objects.stat(CONDEMNED);
  const bytes = await store.objects.read(CONDEMNED);
  if (found === undefined || bytes === undefined) return NONE;
  try {
    const hashes = condemnedSchema.parse(JSON.parse(bytes.toString('utf8')));
    return { hashes: new Set(hashes), ageMs: found.ageMs };
  } catch {
    return NONE;
  }
}

/** Keys that runs have leased. */
async function leasedKeys(store: ArtifactStore): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { path, ageMs } of store.objects.list(FOLDERS.leases)) {
    if (ageMs > LEASE_MS) {
      await store.objects.remove(path);
      continue;
    }
    const bytes = await store.objects.read(path);
    const lease = leaseSchema.safeParse(bytes && parsed(bytes));
    for (const key of lease.data?.keys ?? []) keys.add(key);
  }
  return keys;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
