import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { hashBytes, type Image, PodiumError, type Problem, removeFile, writeFileAtomic } from '@podium/core';
import { type DecodeSettings, decodeSettings } from '../decode/decode-image.ts';
import { readSource } from '../decode/read-source.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { closeStore, openStore } from './cache-store.ts';
import { ordered } from './ordered.ts';
import { type ShardEntry, shardEnd } from './shard-file.ts';
import { SourceHashes } from './source-hashes.ts';
import type { CacheOptions } from './types.ts';
import { decodeAtWorkingSize } from './working-size.ts';

export interface BuildCacheOptions extends CacheOptions {
  readonly rows: readonly ManifestRow[];
  readonly root: string;
  readonly decode?: DecodeSettings;
  /** Bytes of pixels per shard. Default 128 MiB. */
  readonly shardBytes?: number;
  /** Images decoded at once. Default 8. */
  readonly inFlight?: number;
  readonly onEvent?: (event: CacheEvent) => void;
  readonly signal?: AbortSignal;
}

export type CacheEvent =
  | { readonly kind: 'stored'; readonly images: number; readonly of: number }
  /** An image that cannot be read is not stored. Reading it later gives its error. */
  | { readonly kind: 'broken-image'; readonly id: string; readonly index: number; readonly problem: Problem }
  /** A shard that was truncated or changed. It is removed, and its images are stored again. */
  | { readonly kind: 'shard-unusable'; readonly name: string };

export interface CacheReport {
  /** Images in the cache. */
  readonly stored: number;
  /** Images added by this call. */
  readonly added: number;
  readonly broken: number;
}

interface Wanted {
  readonly row: ManifestRow;
  readonly index: number;
  readonly hash: string;
}

/**
 * Decodes every image file of the rows once, at a working size, into shards that loaders read (an idea of FFCV, Leclerc et
 * al. 2023). Images that are already cached stay; copies of an image are stored once. Rows with pixels in tables need no
 * cache and are skipped.
 *
 * Shards are written whole or not at all, so a killed build resumes where it stopped, and concurrent builds do no harm.
 * @throws PodiumError if the folder cannot be written
 *
 * @example
 * await buildCache({ rows: data.train, root: data.root, folder: '.podium/images', shorterSide: 256 });
 * const loader = createLoader({ ...options, cache: { folder: '.podium/images', shorterSide: 256 } });
 */
export async function buildCache(options: BuildCacheOptions): Promise<CacheReport> {
  const { rows, root, decode = {}, inFlight = 8, shardBytes = 128 * 2 ** 20, onEvent, signal } = options;
  const store = await openStore(options, decode);
  await closeStore(store);
  for (const name of store.unusable) {
    await removeFile(join(store.folder, name));
    onEvent?.({ kind: 'shard-unusable', name });
  }
  const sources = await SourceHashes.load(store.folder);
  let broken = 0;
  const failed = (row: ManifestRow, index: number, error: unknown) => {
    if (!(error instanceof PodiumError)) throw error;
    broken++;
    onEvent?.({ kind: 'broken-image', id: row.id, index, problem: error.problem });
  };

  const seen = new Set(store.images.keys());
  const wanted: Wanted[] = [];
  const files = [...rows.entries()].filter(([, { image }]) => image.kind === 'file');
  const hashing = ordered(files, inFlight, ([, { image }]) => sources.hashOf(root, image));
  for await (const { item, value, error } of hashing) {
    signal?.throwIfAborted();
    const [index, row] = item;
    if (value === undefined) failed(row, index, error);
    else if (!seen.has(value)) {
      seen.add(value);
      wanted.push({ row, index, hash: value });
    }
  }

  let added = 0;
  const settings = decodeSettings(decode);
  const decoded = ordered(wanted, inFlight, async ({ row }) => {
    const bytes = await readSource(root, row.image);
    return decodeAtWorkingSize(bytes, row.image, settings, options.shorterSide);
  });
  const images = imagesOf(decoded, failed);
  for (;;) {
    // Peeks, so that no empty shard is written.
    const first = await images.next();
    if (first.done === true) break;
    const entries: ShardEntry[] = [];
    await writeFileAtomic(
      join(store.folder, shardName(first.value.hash)),
      shardContent(first.value, images, store.key, shardBytes, entries, signal),
    );
    added += entries.length;
    onEvent?.({ kind: 'stored', images: added, of: wanted.length });
  }
  await sources.save();
  return { stored: store.images.size + added, added, broken };
}

interface Decoded {
  readonly hash: string;
  readonly image: Image;
}

async function* imagesOf(
  decoded: AsyncIterable<{ item: Wanted; value?: Image; error?: unknown }>,
  failed: (row: ManifestRow, index: number, error: unknown) => void,
): AsyncGenerator<Decoded, undefined> {
  for await (const { item, value, error } of decoded) {
    if (value === undefined) failed(item.row, item.index, error);
    else yield { hash: item.hash, image: value };
  }
  return undefined;
}

async function* shardContent(
  first: Decoded,
  rest: AsyncGenerator<Decoded, undefined>,
  key: string,
  limit: number,
  entries: ShardEntry[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (let next: Decoded | undefined = first; next !== undefined; ) {
    signal?.throwIfAborted();
    const { hash, image } = next;
    const { width, height, channels, data } = image;
    entries.push({ hash, width, height, channels, offset, crc: crc32(data) });
    offset += data.length;
    yield data;
    next = offset >= limit ? undefined : (await rest.next()).value;
  }
  yield shardEnd(key, entries);
}

/** Named after its first image, so that equal shards have equal names. */
function shardName(firstHash: string): string {
  return `${hashBytes(firstHash).slice(0, 16)}.shard`;
}
