import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '@podium/core';
import { type Damage, verifyFiles } from './kept-files.ts';
import { MANIFEST, type Manifest, readManifest } from './manifest.ts';

const PARTIAL = '.partial-';
const OWN_PARTIAL = `${PARTIAL}${randomUUID()}-`;
const DAMAGED = '.damaged';
const ADDONS = 'addons';

/** A finished folder of the cache. */
export interface CacheEntry {
  readonly name: string;
  readonly folder: string;
  /** Its manifest, or what is wrong with that. */
  readonly manifest: Manifest | Error;
}

/** The folder that compiled addons are kept in, beside TensorFlow's own entries. */
export function addonsFolder(cacheFolder: string): string {
  return join(cacheFolder, ADDONS);
}

/** The entries of a cache folder, sorted by name; none where there is no such folder. */
export async function listEntries(cacheFolder: string): Promise<CacheEntry[]> {
  const names = await folderNames(cacheFolder);
  const kept = names.filter((name) => name !== ADDONS && !name.startsWith('.') && !name.endsWith(DAMAGED));
  return await Promise.all(kept.map((name) => readEntry(join(cacheFolder, name), name)));
}

export async function readEntry(folder: string, name: string): Promise<CacheEntry> {
  return { name, folder, manifest: await readManifest(folder) };
}

/**
 * Checks an entry's files against its manifest; see `verifyFiles` for what `thorough` adds. Where only times of change
 * differ, the manifest is brought up to date if it can be written.
 */
export async function verifyEntry(
  entry: CacheEntry,
  manifest: Manifest,
  options: { readonly thorough: boolean },
): Promise<Damage | undefined> {
  const verdict = await verifyFiles(entry.folder, manifest.files, options);
  if ('damage' in verdict) return verdict.damage;
  if (verdict.retimed)
    await writeManifest(entry.folder, { ...manifest, files: verdict.files }).catch(() => {});
  return undefined;
}

/** One sentence on a damaged entry. */
export function describeDamage(entry: string, { file, expected, got }: Damage): string {
  return `${entry}: ${file} should have ${expected}, it has ${got}`;
}

/** Makes the folder beside its future place in which an entry is put together, out of everybody's sight. */
export async function makePartial(parent: string): Promise<string> {
  const folder = join(parent, `${OWN_PARTIAL}${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Removes what this process left half made. */
export async function removeOwnPartials(cacheFolder: string): Promise<void> {
  await removeFolders(cacheFolder, OWN_PARTIAL);
}

/** Removes what any process left half made: killed ones, if the caller holds the lock, as it must. */
export async function removeAllPartials(cacheFolder: string): Promise<void> {
  await removeFolders(cacheFolder, PARTIAL);
}

async function removeFolders(cacheFolder: string, prefix: string): Promise<void> {
  for (const folder of [cacheFolder, addonsFolder(cacheFolder)]) {
    for (const name of await folderNames(folder)) {
      if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Turns a folder that is complete but for its manifest into an entry, in one step; an older one is replaced. */
export async function publish(partial: string, manifest: Manifest, target: string): Promise<CacheEntry> {
  await writeManifest(partial, manifest);
  await mkdir(dirname(target), { recursive: true });
  // A folder cannot be renamed over one that is not empty.
  await rename(target, `${partial}-replaced`).catch(() => {});
  await rename(partial, target);
  await syncFolder(dirname(target));
  await rm(`${partial}-replaced`, { recursive: true, force: true });
  await rm(`${target}${DAMAGED}`, { recursive: true, force: true });
  return { name: basename(target), folder: target, manifest };
}

/** Takes a damaged entry out of use. It stays beside the cache, under a name that says so, until a good one replaces it. */
export async function moveAside(entry: CacheEntry): Promise<void> {
  const aside = `${entry.folder}${DAMAGED}`;
  await rm(aside, { recursive: true, force: true });
  await rename(entry.folder, aside);
}

async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeFileAtomic(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Makes new names in a folder last through a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function folderNames(folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return found.flatMap((item) => (item.isDirectory() ? [item.name] : [])).sort();
}
