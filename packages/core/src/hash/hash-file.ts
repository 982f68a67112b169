import { createHash } from 'node:crypto';
import { fileError } from '../files/file-error.ts';
import { openFile } from '../files/read-file.ts';

/**
 * SHA-256 of a file's bytes as 64 hexadecimal digits. Reads one megabyte at a time.
 * @throws PodiumError `file-not-found`, `file-not-readable`, `file-special`, `file-failed`.
 */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await openFile(path);
  try {
    const chunk = Buffer.allocUnsafeSlow(1 << 20);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, bytesRead));
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    await handle.close();
  }
}
