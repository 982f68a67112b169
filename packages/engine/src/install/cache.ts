import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isClosed, makeClosed, removeTree, writeFileAtomic } from '@podium/core';
import { type Damage, verifyFiles } from './kept-files.ts';
import { MANIFEST, type Manifest, readManifest } from './manifest.ts';

const PARTIAL = '.partial-';
const OWN_PARTIAL = `${PARTIAL}${randomUUID()}-`;
const DAMAGED = '.damaged';
const ADDONS = 'addons';

/** A complete folder of the cache. */
export interface CacheEntry {
  readonly name: string;
  readonly folder: string;
  /** Its manifest, or why that is invalid. */
  readonly manifest: Manifest | Error;
}

/** The folder of compiled addons, next to the entries of TensorFlow. */
export function addonsFolder(cacheFolder: string): string {
  return join(cacheFolder, ADDONS);
}

/** The entries of a cache folder, sorted by name; empty if the folder does not exist. */
export async function listEntries(cacheFolder: string): Promise<CacheEntry[]> {
  const names = await folderNames(cacheFolder);
  const kept = names.filter((name) => name !== ADDONS && !name.startsWith('.') && !name.endsWith(DAMAGED));
  return await Promise.all(kept.map((name) => readEntry(join(cacheFolder, name), name)));
}

/** An entry that others may have written to counts as invalid: its files are run. */
export async function readEntry(folder: string, name: string): Promise<CacheEntry> {
  for (const path of [dirname(folder), folder, join(folder, MANIFEST)])
    if (!(await isClosed(path))) return { name, folder, manifest: new Error(`others may write to ${path}`) };
  return { name, folder, manifest: await readManifest(folder) };
}

/**
 * Checks an entry's files against its manifest; for `thorough` see `verifyFiles`. If only modification times differ,
 * the manifest is updated if possible.
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

/** A damaged entry as one sentence. */
export function describeDamage(entry: string, { file, expected, got }: Damage): string {
  return `${entry}: ${file}: expected ${expected}, got ${got}`;
}

/** Creates a hidden folder next to an entry's future location, in which the entry is prepared. */
export async function makePartial(parent: string): Promise<string> {
  await makeClosed(parent);
  const folder = join(parent, `${OWN_PARTIAL}${randomUUID()}`);
  await mkdir(folder, { mode: 0o755 });
  return folder;
}

/** Removes unfinished entries of this process. */
export async function removeOwnPartials(cacheFolder: string): Promise<void> {
  await removeFolders(cacheFolder, OWN_PARTIAL);
}

/** Removes unfinished entries of all processes. The caller must hold the lock, so those processes are dead. */
export async function removeAllPartials(cacheFolder: string): Promise<void> {
  await removeFolders(cacheFolder, PARTIAL);
}

async function removeFolders(cacheFolder: string, prefix: string): Promise<void> {
  for (const folder of [cacheFolder, addonsFolder(cacheFolder)]) {
    for (const name of await folderNames(folder)) {
      if (name.startsWith(prefix)) await removeTree(join(folder, name));
    }
  }
}

/** Turns a folder without manifest into an entry, in one step; replaces an older one. */
export async function publish(partial: string, manifest: Manifest, target: string): Promise<CacheEntry> {
  await writeManifest(partial, manifest);
  await makeClosed(dirname(target));
  // A rename cannot replace a folder that is not empty.
  await rename(target, `${partial}-replaced`).catch(() => {});
  await rename(partial, target);
  await syncFolder(dirname(target));
  await removeTree(`${partial}-replaced`);
  await removeTree(`${target}${DAMAGED}`);
  return { name: basename(target), folder: target, manifest };
}

/** Renames a damaged entry, so that it is not used. It is kept until a good one replaces it. */
export async function moveAside(entry: CacheEntry): Promise<void> {
  const aside = `${entry.folder}${DAMAGED}`;
  await removeTree(aside);
  await rename(entry.folder, aside);
}

async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeFileAtomic(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, {
    mode: 0o644,
  });
}

/** Flushes the names in a folder to disk. */
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
