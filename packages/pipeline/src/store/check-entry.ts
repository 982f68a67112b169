import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '@podium/core';
import { concurrently } from '../concurrently.ts';
import { OUTPUTS } from './layout.ts';
import { type Manifest, readManifest, type StoredFile } from './manifest.ts';
import { listBelow } from './outputs.ts';

const AT_ONCE = 4;

/** How well an entry is looked at: names, sizes and dates, or every byte. */
export type Check = 'quick' | 'full';

/** An entry that is whole. */
export interface Entry {
  readonly key: string;
  readonly manifest: Manifest;
  /** Absolute paths by output. */
  readonly outputs: Readonly<Record<string, string>>;
}

export type Lookup =
  | { readonly status: 'found'; readonly entry: Entry }
  | { readonly status: 'absent' }
  /** `damage` says what is wrong with which file. */
  | { readonly status: 'damaged'; readonly damage: readonly string[] };

/**
 * Looks at the entry in `folder`.
 *
 * `quick` stats every file and reads those whose date is not the one that was recorded (a store that was copied);
 * it finds what was cut off, replaced or removed, and cannot find a bit that the disk flipped. `full` reads every byte
 * (1.6 GB/s and core) and finds that too. A run looks quickly at what it only passes by, and fully at whatever it hands
 * to a stage or to its caller: nothing is computed from bytes that were not checked in the same run.
 */
export async function checkEntry(folder: string, key: string, check: Check): Promise<Lookup> {
  const manifest = await readManifest(folder, key);
  if (manifest === 'damaged')
    return { status: 'damaged', damage: ['manifest.json: it is not what was written'] };
  const root = join(folder, OUTPUTS);
  if (manifest === undefined) {
    const exists = await stat(folder).catch(() => undefined);
    return exists === undefined
      ? { status: 'absent' }
      : { status: 'damaged', damage: ['manifest.json: it is not there'] };
  }
  const damage = await damageOf(root, manifest, check);
  if (damage.length > 0) return { status: 'damaged', damage };
  const outputs = Object.fromEntries(
    Object.entries(manifest.outputs).map(([name, { path }]) => [name, join(root, path)]),
  );
  return { status: 'found', entry: { key, manifest, outputs } };
}

async function damageOf(root: string, manifest: Manifest, check: Check): Promise<string[]> {
  let found: Awaited<ReturnType<typeof listBelow>>;
  try {
    found = await listBelow(root);
  } catch (error) {
    return [`outputs: they cannot be read (${(error as NodeJS.ErrnoException).code})`];
  }
  const expected = new Set(manifest.files.map(({ path }) => path));
  const extra = [...found.files, ...found.others].filter((path) => !expected.has(path));
  const folders = Object.values(manifest.outputs).filter(({ kind }) => kind === 'folder');
  const missing = folders.filter(({ path }) => !found.folders.includes(path));
  const there = new Set(found.files);
  const files = await concurrently(manifest.files, AT_ONCE, async (file) =>
    there.has(file.path) ? damageOfFile(join(root, file.path), file, check) : 'it is not there',
  );
  return [
    ...missing.map(({ path }) => `${path}: it is not there`),
    ...extra.map((path) => `${path}: it does not belong there`),
    ...files.flatMap((text, i) => (text === undefined ? [] : [`${manifest.files[i]?.path}: ${text}`])),
  ];
}

async function damageOfFile(
  path: string,
  { size, sha256, modifiedMs }: StoredFile,
  check: Check,
): Promise<string | undefined> {
  try {
    const now = await stat(path);
    if (now.size !== size) return `it has ${now.size} bytes instead of ${size}`;
    if (check === 'quick' && Math.floor(now.mtimeMs) === modifiedMs) return undefined;
    return (await hashFile(path)) === sha256 ? undefined : 'its bytes have changed';
  } catch (error) {
    return `it cannot be read (${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)})`;
  }
}
