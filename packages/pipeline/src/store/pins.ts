import { join } from 'node:path';
import {
  hashBytes,
  ownerOf,
  PodiumError,
  processName,
  readText,
  removeFile,
  writeFileAtomic,
} from '@podium/core';
import { z } from 'zod';
import { REFRESH_MS } from './attempts.ts';
import { storeError } from './failure.ts';
import { isKey, type Layout, OWN } from './layout.ts';
import { namesIn } from './names-in.ts';

/** Entries that are protected from collection. */
export interface Pin {
  /** Who needs them, such as a run. */
  readonly name: string;
  readonly keys: readonly string[];
}

const schema = z.strictObject({ name: z.string(), keys: z.array(z.string().refine(isKey)) });

/**
 * Protects entries from collection until `unpin(name)`. Replaces an earlier pin of that name.
 * @throws PodiumError `store-not-writable`, `disk-full`
 */
export async function pin(layout: Layout, name: string, keys: readonly string[]): Promise<void> {
  await write(layout, layout.pins, pinFile(name), { name, keys });
}

/** Returns false if there was no such pin. */
export async function unpin(layout: Layout, name: string): Promise<boolean> {
  const existed = (await pins(layout)).some((item) => item.name === name);
  try {
    await removeFile(join(layout.pins, pinFile(name)), { root: layout.root });
  } catch (error) {
    throw storeError(error, layout.folder);
  }
  return existed;
}

/** All pins, sorted by name. */
export async function pins(layout: Layout): Promise<Pin[]> {
  return (await readAll(layout, layout.pins))
    .map(({ pin: found }) => found)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Protects entries from collection while this process uses them; returns a function that ends the lease. Does nothing
 * in a read-only store, which nobody can collect.
 */
export async function lease(layout: Layout, keys: readonly string[]): Promise<() => Promise<void>> {
  const file = `${processName()}.json`;
  const name = 'at work';
  const save = () => write(layout, layout.leases, file, { name, keys }).catch(() => {});
  await save();
  // Other machines count a file that nobody has written for a day as left behind.
  const refresh = setInterval(() => void save(), REFRESH_MS).unref();
  return async () => {
    clearInterval(refresh);
    await removeFile(join(layout.leases, file), { root: layout.root }).catch(() => {});
  };
}

/** Keys of all entries that are pinned or leased by a living process. */
export async function claimedKeys(layout: Layout): Promise<Set<string>> {
  const leases = await readAll(layout, layout.leases);
  const living = leases.filter(({ file }) => ownerOf(file.replace(/\.json$/, '')) !== 'dead');
  const all = [...(await pins(layout)), ...living.map(({ pin: found }) => found)];
  return new Set(all.flatMap(({ keys }) => keys));
}

function pinFile(name: string): string {
  return `${hashBytes(name)}.json`;
}

async function write(layout: Layout, folder: string, file: string, value: Pin): Promise<void> {
  try {
    const text = `${JSON.stringify(value, null, 1)}\n`;
    await writeFileAtomic(join(folder, file), text, { root: layout.root, ...OWN });
  } catch (error) {
    throw storeError(error, layout.folder);
  }
}

async function readAll(
  layout: Layout,
  folder: string,
): Promise<{ readonly file: string; readonly pin: Pin }[]> {
  const names = (await namesIn(layout, folder)).filter((name) => name.endsWith('.json'));
  const found: { file: string; pin: Pin }[] = [];
  for (const file of names) {
    try {
      found.push({
        file,
        pin: schema.parse(JSON.parse(await readText(join(folder, file), { root: layout.root }))),
      });
    } catch (error) {
      if (error instanceof PodiumError && error.code === 'link-refused') throw error;
      // Removed meanwhile, or damaged: its entries may be collected, and are recomputed when needed.
    }
  }
  return found;
}
