import { type FileHandle, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, shortHash } from '@podium/core';
import type { DecodeSettings } from '../decode/decode-image.ts';
import { openShard, type ShardEntry } from './shard-file.ts';
import type { CacheOptions } from './types.ts';
import { cacheKey } from './working-size.ts';

/** A stored image and its shard. */
export interface StoredImage extends ShardEntry {
  /** Index into `shards`. */
  readonly shard: number;
}

/** The shards of one set of decode settings, open for reading. */
export interface CacheStore {
  readonly key: string;
  readonly folder: string;
  readonly shards: readonly { readonly name: string; readonly file: FileHandle }[];
  /** By content hash. */
  readonly images: ReadonlyMap<string, StoredImage>;
  /** Names of shard files that are not valid for these settings. */
  readonly unusable: readonly string[];
}

/** Opens the shards of a cache for these settings, if any. Close with `closeStore`. */
export async function openStore(options: CacheOptions, decode: DecodeSettings): Promise<CacheStore> {
  const key = cacheKey(decode, options.shorterSide);
  const folder = join(options.folder, shortHash(key));
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, options.folder, 'write');
  });
  const shards: { name: string; file: FileHandle }[] = [];
  const images = new Map<string, StoredImage>();
  const unusable: string[] = [];
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.shard')).sort()) {
    const opened = await openShard(join(folder, name), key);
    if (opened === undefined) {
      unusable.push(name);
      continue;
    }
    for (const entry of opened.entries) {
      if (!images.has(entry.hash)) images.set(entry.hash, { ...entry, shard: shards.length });
    }
    shards.push({ name, file: opened.file });
  }
  return { key, folder, shards, images, unusable };
}

export async function closeStore(store: CacheStore): Promise<void> {
  await Promise.all(store.shards.map(({ file }) => file.close()));
}
