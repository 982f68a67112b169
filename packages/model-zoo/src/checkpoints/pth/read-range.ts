import { crc32 } from 'node:zlib';
import { type CheckpointFile, damaged } from '@podium/nn/checkpoint-files';
import type { StorageRange } from './pth-archive.ts';

/**
 * Reads a part of the file and holds it to its checksum, where the file has one: PyTorch can be told to leave it out
 * (`set_crc32_options`), and writes 0 then.
 */
export async function readRange(
  file: CheckpointFile,
  { position, length, crc32: expected = 0 }: StorageRange,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await file.read(position, length, what);
  if (expected !== 0 && crc32(bytes) !== expected) damaged(`${what} is damaged: its checksum does not match`);
  return bytes;
}
