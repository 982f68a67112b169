import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hashBytes, ownerOf, processName, writeFileAtomic } from '@podium/core';
import { z } from 'zod';
import { storeError } from './failure.ts';
import { isKey, type Layout } from './layout.ts';

/** Entries that somebody wants kept. */
export interface Pin {
  /** Who: the name of a run record, say. */
  readonly name: string;
  readonly keys: readonly string[];
}

const schema = z.strictObject({ name: z.string(), keys: z.array(z.string().refine(isKey)) });

/**
 * Keeps the entries of these keys from being collected until `unpin(name)`; a second pin of the name replaces the first.
 * @throws PodiumError `store-not-writable`, `disk-full`.
 */
export async function pin(layout: Layout, name: string, keys: readonly string[]): Promise<void> {
  await write(layout, layout.pins, pinFile(name), { name, keys });
}

/** Returns false where there was no such pin. */
export async function unpin(layout: Layout, name: string): Promise<boolean> {
  const existed = (await pins(layout)).some((item) => item.name === name);
  try {
    await rm(join(layout.pins, pinFile(name)), { force: true });
  } catch (error) {
    throw storeError(error, layout.folder);
  }
  return existed;
}

/** All pins, in the order of their names. */
export async function pins(layout: Layout): Promise<Pin[]> {
  return (await readAll(layout.pins))
    .map(({ pin: found }) => found)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Keeps entries from being collected while this process works with them; returns how to end that. A store that cannot
 * be written to cannot be collected by anybody either, so there it does nothing.
 */
export async function lease(layout: Layout, keys: readonly string[]): Promise<() => Promise<void>> {
  const file = `${processName()}.json`;
  const name = 'at work';
  await write(layout, layout.leases, file, { name, keys }).catch(() => {});
  return () => rm(join(layout.leases, file), { force: true }).catch(() => {});
}

/** All keys that are pinned or being worked with. */
export async function claimedKeys(layout: Layout): Promise<Set<string>> {
  const leases = await readAll(layout.leases);
  const living = leases.filter(({ file }) => ownerOf(file.replace(/\.json$/, '')) !== 'dead');
  const all = [...(await pins(layout)), ...living.map(({ pin: found }) => found)];
  return new Set(all.flatMap(({ keys }) => keys));
}

function pinFile(name: string): string {
  return `${hashBytes(name)}.json`;
}

async function write(layout: Layout, folder: string, file: string, value: Pin): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFileAtomic(join(folder, file), `${JSON.stringify(value, null, 1)}\n`);
  } catch (error) {
    throw storeError(error, layout.folder);
  }
}

async function readAll(folder: string): Promise<{ readonly file: string; readonly pin: Pin }[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  const found: { file: string; pin: Pin }[] = [];
  for (const file of names) {
    try {
      found.push({ file, pin: schema.parse(JSON.parse(await readFile(join(folder, file), 'utf8'))) });
    } catch {
      // Gone meanwhile, or damaged. What it kept may be collected then, and made again.
    }
  }
  return found;
}
