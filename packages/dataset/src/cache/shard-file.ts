import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { hashBytes } from '@podium/core';

/*
 * A shard contains many images in one file: their pixels one after the other, an index as JSON, then 48 bytes with the
 * length and SHA-256 of the index. A file that is truncated, or whose index changed, is not a valid shard; changed pixels
 * are detected by the CRC-32 of their image.
 */
const MAGIC = Buffer.from('PODSHRD1');
const FOOTER = 8 + 32 + MAGIC.length;

/** One image of a shard. */
export interface ShardEntry {
  /** SHA-256 of the image file's bytes. */
  readonly hash: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Byte offset in the shard; the image has `width * height * channels` bytes. */
  readonly offset: number;
  readonly crc: number;
}

type Row = [hash: string, width: number, height: number, channels: number, offset: number, crc: number];

/** The index and footer, after the pixels. */
export function shardEnd(key: string, entries: readonly ShardEntry[]): Buffer {
  const images = entries.map(
    ({ hash, width, height, channels, offset, crc }): Row => [hash, width, height, channels, offset, crc],
  );
  const index = Buffer.from(JSON.stringify({ key, images }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(index.length));
  return Buffer.concat([index, length, createHash('sha256').update(index).digest(), MAGIC]);
}

/** The index of an open shard with this `key`; undefined if the file is not a valid one. */
async function readShardIndex(file: FileHandle, key: string): Promise<ShardEntry[] | undefined> {
  const { size } = await file.stat();
  if (size < FOOTER) return undefined;
  const footer = await readAt(file, size - FOOTER, FOOTER);
  if (!footer.subarray(40).equals(MAGIC)) return undefined;
  const length = Number(footer.readBigUInt64LE(0));
  const start = size - FOOTER - length;
  if (!(length <= size) || start < 0) return undefined;
  const index = await readAt(file, start, length);
  if (hashBytes(index) !== footer.subarray(8, 40).toString('hex')) return undefined;
  const parsed = JSON.parse(index.toString()) as { key: string; images: Row[] };
  if (parsed.key !== key) return undefined;
  return parsed.images.map(([hash, width, height, channels, offset, crc]) => ({
    hash,
    width,
    height,
    channels,
    offset,
    crc,
  }));
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, offset);
  return buffer;
}

/** Opens a shard and reads its index; undefined if the file is not a valid shard. */
export async function openShard(
  path: string,
  key: string,
): Promise<{ file: FileHandle; entries: ShardEntry[] } | undefined> {
  const file = await open(path, 'r');
  const entries = await readShardIndex(file, key).catch(() => undefined);
  if (entries !== undefined) return { file, entries };
  await file.close();
  return undefined;
}
