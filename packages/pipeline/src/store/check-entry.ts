import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile, PodiumError } from '@podium/core';
import { concurrently } from '../concurrently.ts';
import { OUTPUTS } from './layout.ts';
import { type Manifest, readManifest, type StoredFile } from './manifest.ts';
import { listBelow } from './outputs.ts';

const CONCURRENCY = 4;

/** How an entry is checked: `quick`, names, sizes and dates; `full`, every byte. */
export type Check = 'quick' | 'full';

/** An undamaged entry. */
export interface Entry {
  readonly key: string;
  readonly manifest: Manifest;
  /** Absolute paths by output. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Result of looking up an entry. */
export type Lookup =
  | { readonly status: 'found'; readonly entry: Entry }
  | { readonly status: 'absent' }
  /** `damage` names each file and what is wrong with it. */
  | { readonly status: 'damaged'; readonly damage: readonly string[] };

/**
 * Checks the entry in `folder`.
 *
 * `quick` stats every file, and reads only those whose date differs from the recorded one (a copied store). It finds
 * truncated, replaced and removed files, but not a bit that the disk flipped. `full` reads every byte (1.6 GB/s per
 * core) and finds that too. A run uses `full` for whatever it hands to a stage or to its caller, so that nothing is
 * computed from bytes that were not checked in the same run, and `quick` for the rest.
 * @param store the folder below which no link is followed; default: the entry's
 * @throws PodiumError `link-refused`
 */
export async function checkEntry(
  folder: string,
  key: string,
  check: Check,
  store: string = folder,
): Promise<Lookup> {
  const manifest = await readManifest(folder, key, store);
  if (manifest === 'damaged') return { status: 'damaged', damage: ['manifest.json: changed or damaged'] };
  const root = join(folder, OUTPUTS);
  if (manifest === undefined) {
    const exists = await lstat(folder).catch(() => undefined);
    return exists === undefined
      ? { status: 'absent' }
      : { status: 'damaged', damage: ['manifest.json: missing'] };
  }
  const damage = await damageOf(root, store, manifest, check);
  if (damage.length > 0) return { status: 'damaged', damage };
  const outputs = Object.fromEntries(
    Object.entries(manifest.outputs).map(([name, { path }]) => [name, join(root, path)]),
  );
  return { status: 'found', entry: { key, manifest, outputs } };
}

async function damageOf(root: string, store: string, manifest: Manifest, check: Check): Promise<string[]> {
  let found: Awaited<ReturnType<typeof listBelow>>;
  try {
    found = await listBelow(root, store);
  } catch (error) {
    if (error instanceof PodiumError && error.code === 'link-refused') throw error;
    return [`outputs: not readable (${(error as NodeJS.ErrnoException).code})`];
  }
  const expected = new Set(manifest.files.map(({ path }) => path));
  const extra = [...found.files, ...found.others].filter((path) => !expected.has(path));
  const folders = Object.values(manifest.outputs).filter(({ kind }) => kind === 'folder');
  const missing = folders.filter(({ path }) => !found.folders.includes(path));
  const present = new Set(found.files);
  const files = await concurrently(manifest.files, CONCURRENCY, async (file) =>
    present.has(file.path) ? damageOfFile(join(root, file.path), file, check) : 'missing',
  );
  return [
    ...missing.map(({ path }) => `${path}: missing`),
    ...extra.map((path) => `${path}: unexpected file`),
    ...files.flatMap((text, i) => (text === undefined ? [] : [`${manifest.files[i]?.path}: ${text}`])),
  ];
}

async function damageOfFile(
  path: string,
  { size, sha256, modifiedMs }: StoredFile,
  check: Check,
): Promise<string | undefined> {
  try {
    const now = await lstat(path);
    if (now.size !== size) return `${now.size} bytes instead of ${size}`;
    if (check === 'quick' && Math.floor(now.mtimeMs) === modifiedMs) return undefined;
    return (await hashFile(path)) === sha256 ? undefined : 'content changed';
  } catch (error) {
    return `not readable (${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)})`;
  }
}
