import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileError } from '../files/file-error.ts';

/**
 * SHA-256 of a file's bytes, read a megabyte at a time, as 64 hexadecimal digits.
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
