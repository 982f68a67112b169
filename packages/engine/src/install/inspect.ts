import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { addonsFolder, type CacheEntry, describeDamage, listEntries, verifyEntry } from './cache.ts';
import { readSettings } from './settings.ts';

/** One folder of the cache and its size. */
export interface CacheUse {
  readonly name: string;
  readonly kind: 'tensorflow' | 'addons' | 'leftover';
  readonly bytes: number;
  readonly tensorflowVersion?: string;
  readonly gpu?: boolean;
  readonly host?: string;
  /** What is wrong with it, if anything. */
  readonly problem?: string;
}

/** The contents of the cache. */
export interface CacheReport {
  readonly folder: string;
  readonly bytes: number;
  readonly entries: readonly CacheUse[];
}

/**
 * Lists Podium's TensorFlow cache. `thorough` hashes every file and compares it with the manifest, about 0.5 s per GB;
 * otherwise only sizes and modification times are compared.
 */
export async function inspectCache(
  options: { readonly env?: NodeJS.ProcessEnv; readonly thorough?: boolean } = {},
): Promise<CacheReport> {
  const folder = readSettings(options.env ?? process.env).cacheFolder;
  const thorough = options.thorough ?? false;
  const entries: CacheUse[] = [];
  for (const entry of await listEntries(folder)) entries.push(await describeUse(entry, thorough));
  for (const entry of await listEntries(addonsFolder(folder)))
    entries.push(await describeUse(entry, thorough));
  // Damaged entries that were renamed, and leftovers of killed installations, which the next installation removes.
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith('.partial-') && !name.endsWith('.damaged')) continue;
    entries.push({ name, kind: 'leftover', bytes: await folderBytes(join(folder, name)) });
  }
  return { folder, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0), entries };
}

async function describeUse(entry: CacheEntry, thorough: boolean): Promise<CacheUse> {
  const { name, folder, manifest } = entry;
  const bytes = await folderBytes(folder);
  if (manifest instanceof Error)
    return { name, kind: 'leftover', bytes, problem: `${name}: ${manifest.message}` };
  const { kind, tensorflowVersion, gpu, host } = manifest;
  const damage = await verifyEntry(entry, manifest, { thorough });
  const problem = damage === undefined ? {} : { problem: describeDamage(name, damage) };
  return { name, kind, bytes, tensorflowVersion, gpu, host, ...problem };
}

async function folderBytes(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = files.map((file) =>
    stat(join(folder, file)).then(
      (found) => (found.isFile() ? found.size : 0),
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
