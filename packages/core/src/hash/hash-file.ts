import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileError } from '../files/file-error.ts';

/**
 * SHA-256 of a file's bytes as 64 hexadecimal digits. Reads one megabyte at a time.
 * @throws PodiumError `file-not-found`, `file-not-readable`, `file-failed`.
 */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
  } catch (error) {
    throw fileError(error, path, 'read');
  }
  return hash.digest('hex');
}
