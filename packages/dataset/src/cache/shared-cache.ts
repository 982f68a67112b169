import { read, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Image, ImageSize, ReadWindow } from '@podium/core';
import { cutWindow, type DecodeOptions, type DecodeSettings, decodeImage } from '../decode/decode-image.ts';
import { readSource } from '../decode/read-source.ts';
import type { ImageSource, ManifestRow } from '../manifest/types.ts';
import { type CacheStore, closeStore, openStore, type StoredImage } from './cache-store.ts';
import { ordered } from './ordered.ts';
import { SourceHashes } from './source-hashes.ts';
import type { CacheOptions } from './types.ts';
import { decodeAtWorkingSize } from './working-size.ts';

/** The location of each row's image, in memory shared by all threads. File descriptors belong to the process. */
export interface SharedCache {
  readonly shorterSide: number;
  readonly shards: readonly { readonly name: string; readonly descriptor: number }[];
  /** Per row: shard (-1 for none), width, height, channels, CRC-32, and whether it was verified. */
  readonly entries: SharedArrayBuffer;
  /** Per row: byte offset in the shard, or in `memory`. */
  readonly offsets: SharedArrayBuffer;
  readonly memory: SharedArrayBuffer | undefined;
}

const FIELDS = 6;
const SHARD = 0;
const VERIFIED = 5;

export interface OpenedCache {
  readonly shared: SharedCache;
  close(): Promise<void>;
}

/** Finds the rows' images in a cache. Missing images are decoded each time they are read. */
export async function openCache(
  options: CacheOptions,
  decode: DecodeSettings,
  rows: readonly ManifestRow[],
  root: string,
): Promise<OpenedCache> {
  const store = await openStore(options, decode);
  try {
    const sources = await SourceHashes.load(store.folder);
    const entries = new Int32Array(new SharedArrayBuffer(4 * FIELDS * rows.length));
    const offsets = new Float64Array(new SharedArrayBuffer(8 * rows.length));
    const found = new Map<StoredImage, number[]>();
    const files = [...rows.entries()].filter(([, { image }]) => image.kind === 'file');
    for (let i = 0; i < rows.length; i++) entries[i * FIELDS + SHARD] = -1;
    for await (const { item, value } of ordered(files, 16, ([, { image }]) => sources.hashOf(root, image))) {
      const [index] = item;
      const stored = value === undefined ? undefined : store.images.get(value);
      if (stored === undefined) continue;
      const { shard, width, height, channels, crc, offset } = stored;
      entries.set([shard, width, height, channels, crc, 0], index * FIELDS);
      offsets[index] = offset;
      const same = found.get(stored);
      if (same === undefined) found.set(stored, [index]);
      else same.push(index);
    }
    // A read-only cache works as well.
    await sources.save().catch(() => {});
    const memory = loadIntoMemory(store, found, offsets, options.memory ?? 2 ** 30);
    return {
      shared: {
        shorterSide: options.shorterSide,
        shards: store.shards.map(({ name, file }) => ({ name, descriptor: file.fd })),
        entries: entries.buffer as SharedArrayBuffer,
        offsets: offsets.buffer as SharedArrayBuffer,
        memory,
      },
      close: () => closeStore(store),
    };
  } catch (error) {
    await closeStore(store);
    throw error;
  }
}

/** Copies the images into shared memory if they fit, and changes the offsets accordingly. */
function loadIntoMemory(
  store: CacheStore,
  found: ReadonlyMap<StoredImage, readonly number[]>,
  offsets: Float64Array,
  limit: number,
): SharedArrayBuffer | undefined {
  let total = 0;
  for (const image of found.keys()) total += sizeOf(image);
  if (total > limit || total === 0) return undefined;
  const memory = new SharedArrayBuffer(total);
  const bytes = new Uint8Array(memory);
  let at = 0;
  for (const [image, rows] of found) {
    const length = sizeOf(image);
    const shard = store.shards[image.shard];
    if (shard !== undefined) readSync(shard.file.fd, bytes, at, length, image.offset);
    for (const row of rows) offsets[row] = at;
    at += length;
  }
  return memory;
}

function sizeOf({ width, height, channels }: StoredImage): number {
  return width * height * channels;
}

export interface CacheReader {
  /** Like `decodeImage` of the image at its working size. `damaged` names a shard with wrong bytes. */
  read(
    index: number,
    source: ImageSource,
    decode: DecodeOptions,
    wanted: ((size: ImageSize) => ReadWindow) | undefined,
  ): Promise<{ image: Image; damaged?: string }>;
}

/** One thread's reader. */
export function sharedCacheReader(shared: SharedCache): CacheReader {
  const entries = new Int32Array(shared.entries);
  const offsets = new Float64Array(shared.offsets);
  const memory = shared.memory && new Uint8Array(shared.memory);
  const pool: Buffer[] = [];

  const fromFile = async (
    source: ImageSource,
    decode: DecodeOptions,
    wanted: ((size: ImageSize) => ReadWindow) | undefined,
  ): Promise<Image> => {
    if (source.kind !== 'file') return decodeImage(source, { ...decode, window: wanted });
    const bytes = await readSource(decode.root ?? '.', source);
    const image = await decodeAtWorkingSize(
      bytes,
      source,
      { ...decode, into: undefined },
      shared.shorterSide,
    );
    return wanted === undefined ? image : cutWindow(image, wanted(image), source, decode.into);
  };

  return {
    read: async (index, source, decode, wanted) => {
      const at = index * FIELDS;
      const shard = Atomics.load(entries, at + SHARD);
      if (shard === -1) return { image: await fromFile(source, decode, wanted) };
      const [, width = 0, height = 0, channels = 0, crc = 0] = entries.subarray(at, at + FIELDS);
      const window = wanted?.({ width, height });
      const verified = Atomics.load(entries, at + VERIFIED) === 1;
      // The first time the whole image, to verify its checksum; then only the rows of the window.
      const top = verified && window !== undefined ? window.top : 0;
      const rows = verified && window !== undefined ? window.height : height;
      const rowBytes = width * channels;
      const offset = offsets[index]! + top * rowBytes;
      const length = rows * rowBytes;
      let buffer: Buffer | undefined;
      let data: Uint8Array;
      let whole = true;
      if (memory !== undefined) data = memory.subarray(offset, offset + length);
      else {
        buffer = pool.pop();
        if (buffer === undefined || buffer.length < length) buffer = Buffer.allocUnsafeSlow(length);
        data = buffer.subarray(0, length);
        whole = (await fill(shared.shards[shard]?.descriptor ?? -1, data, offset)) === length;
      }
      if (!whole || (!verified && crc32(data) !== crc >>> 0)) {
        const first = Atomics.exchange(entries, at + SHARD, -1) !== -1;
        // The window is already drawn, from the same size that the image has now.
        const image = await fromFile(source, decode, window && (() => window));
        return first ? { image, damaged: shared.shards[shard]?.name ?? '' } : { image };
      }
      if (!verified) Atomics.store(entries, at + VERIFIED, 1);
      const stored = { width, height: rows, channels, data };
      const image =
        window === undefined
          ? stored
          : cutWindow(stored, { ...window, top: window.top - top }, source, decode.into);
      if (buffer !== undefined && image.data.buffer !== buffer.buffer) pool.push(buffer);
      return { image };
    },
  };
}

/** Reads through the page cache; resolves to the number of bytes, 0 if reading failed. */
function fill(descriptor: number, data: Uint8Array, offset: number): Promise<number> {
  return new Promise((resolve) => {
    read(descriptor, data, 0, data.length, offset, (error, count) => resolve(error === null ? count : 0));
  });
}
