import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile, removeTree } from '@podium/core';
import { removeFolder, sweep } from './attempts.ts';
import { fileSystemTime } from './clock.ts';
import { isKey, type Layout, MANIFEST } from './layout.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { namesIn } from './names-in.ts';
import { claimedKeys } from './pins.ts';

/** One entry of a listing. */
export interface EntrySummary {
  readonly key: string;
  /** Undefined if it is damaged. */
  readonly manifest?: Manifest;
  readonly bytes: number;
  /** Time of the last use, in ms since 1970, by the clock of the store's disk. */
  readonly lastUsedMs: number;
}

export interface CollectOptions {
  /** Remove the least recently used entries until the store is no larger. */
  readonly maxBytes?: number;
  /** Remove entries that were not used for longer. */
  readonly maxAgeMs?: number;
  /** Only report what would be removed. */
  readonly dryRun?: boolean;
}

/** What a collection removed and kept. */
export interface CollectResult {
  /** Least recently used first. */
  readonly removed: readonly EntrySummary[];
  readonly freedBytes: number;
  readonly keptBytes: number;
  /** The part of `keptBytes` that is pinned or in use. */
  readonly claimedBytes: number;
}

/** All entries, sorted by key. */
export async function listEntries(layout: Layout): Promise<EntrySummary[]> {
  const keys = (await namesIn(layout, layout.entries)).filter(isKey);
  const summaries: EntrySummary[] = [];
  for (const key of keys) {
    const folder = join(layout.entries, key);
    const used =
      (await lstat(join(layout.used, key)).catch(() => undefined)) ??
      (await lstat(folder).catch(() => undefined));
    const manifest = await readManifest(folder, key, layout.root);
    if (used === undefined) continue;
    const size = await lstat(join(folder, MANIFEST)).catch(() => undefined);
    const whole = manifest === 'damaged' ? undefined : manifest;
    const bytes = (whole?.files ?? []).reduce((sum, file) => sum + file.size, size?.size ?? 0);
    summaries.push({ key, ...(whole && { manifest: whole }), bytes, lastUsedMs: used.mtimeMs });
  }
  return summaries;
}

/**
 * Removes old entries, then the least recently used ones until the store is small enough; never entries that are pinned
 * or leased by a living process. Removed results are recomputed when needed.
 * @throws PodiumError `store-not-writable`
 */
export async function collect(layout: Layout, options: CollectOptions): Promise<CollectResult> {
  if (!options.dryRun) await sweep(layout);
  const entries = await listEntries(layout);
  const claimed = await claimedKeys(layout);
  const nowNs = await fileSystemTime(layout.folder, layout.root);
  const oldestMs =
    options.maxAgeMs === undefined || nowNs === undefined
      ? Number.NEGATIVE_INFINITY
      : Number(nowNs / 1_000_000n) - options.maxAgeMs;
  let keptBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const candidates = entries.filter(({ key }) => !claimed.has(key));
  candidates.sort((a, b) => a.lastUsedMs - b.lastUsedMs || (a.key < b.key ? -1 : 1));
  const removed: EntrySummary[] = [];
  for (const entry of candidates) {
    if (entry.lastUsedMs >= oldestMs && keptBytes <= (options.maxBytes ?? Number.POSITIVE_INFINITY)) continue;
    // A run may have claimed it meanwhile.
    if (!options.dryRun && !(await removeUnclaimed(layout, entry.key))) continue;
    keptBytes -= entry.bytes;
    removed.push(entry);
  }
  if (!options.dryRun) {
    await removeOrphans(layout);
    await removeOldWork(layout, claimed, oldestMs);
  }
  return {
    removed,
    freedBytes: removed.reduce((sum, { bytes }) => sum + bytes, 0),
    keptBytes,
    claimedBytes: entries.filter(({ key }) => claimed.has(key)).reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

async function removeUnclaimed(layout: Layout, key: string): Promise<boolean> {
  if ((await claimedKeys(layout)).has(key)) return false;
  return removeEntry(layout, key);
}

/** Removes an entry in one step; returns false if there was none. */
export async function removeEntry(layout: Layout, key: string): Promise<boolean> {
  const existed = await removeFolder(layout, join(layout.entries, key));
  await removeFile(join(layout.used, key), { root: layout.root }).catch(() => {});
  return existed;
}

/** Removes work folders of unfinished entries that were not used for longer than entries are kept. */
async function removeOldWork(
  layout: Layout,
  claimed: { has(key: string): boolean },
  oldestMs: number,
): Promise<void> {
  for (const name of await namesIn(layout, layout.work)) {
    const [key = ''] = name.split('.');
    if (!isKey(key)) continue;
    const folder = join(layout.work, name);
    const used = await lstat(folder).catch(() => undefined);
    if (used === undefined || claimed.has(key) || used.mtimeMs >= oldestMs) continue;
    await removeTree(folder, { root: layout.root }).catch(() => {});
  }
}

/** Removes file lists of sources that no entry was made from, and use marks of removed entries. */
async function removeOrphans(layout: Layout): Promise<void> {
  const entries = await listEntries(layout);
  const keys = new Set(entries.map(({ key }) => key));
  const sources = new Set(
    entries.flatMap(({ manifest }) =>
      Object.values(manifest?.inputs ?? {})
        .flat()
        .flatMap((input) => ('sha256' in input ? [`${input.sha256}.json`] : [])),
    ),
  );
  for (const [folder, wanted] of [
    [layout.used, keys],
    [layout.sources, sources],
  ] as const) {
    for (const name of await namesIn(layout, folder)) {
      if (!isKey(name.replace(/\.json$/, '')) || wanted.has(name)) continue;
      await removeFile(join(folder, name), { root: layout.root }).catch(() => {});
    }
  }
}
