import { crc32 } from 'node:zlib';
import { type CheckpointFile, damaged } from '@podium/nn/checkpoint-files';
import type { StorageRange } from './pth-archive.ts';

/**
 * Reads a range of the file and verifies its checksum. PyTorch writes 0 if checksums are turned off (`set_crc32_options`).
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
