import { type FileHandle, open } from 'node:fs/promises';
import { checkpointError, damaged } from './checkpoint-errors.ts';

/** Largest single read: Linux limits one to just below 2 GiB. */
const MAX_AT_ONCE = 2 ** 30;

/** A file that stays open while its parts are read. Every read is checked against its size, which is read once. */
export class CheckpointFile {
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  /** @throws the operating system's error, or PodiumError `file-is-folder` */
  static async open(path: string): Promise<CheckpointFile> {
    const handle = await open(path, 'r');
    try {
      const stats = await handle.stat();
      if (stats.isFile()) return new CheckpointFile(handle, stats.size);
      const got = stats.isDirectory() ? 'a folder' : 'a device or a pipe';
      throw checkpointError('file-is-folder', 'this is not a file', { expected: 'a checkpoint file', got });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Reads `length` bytes from `position` into a new buffer, so that its offset 0 is aligned for every number format.
   * @throws PodiumError `checkpoint-damaged` if the file does not hold them, before anything is allocated
   */
  async read(position: number, length: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    if (position + length > this.size) {
      damaged(`${what} is truncated`, {
        expected: `at least ${position + length} bytes`,
        got: `a file of ${this.size} bytes`,
      });
    }
    const bytes = allocate(length, what);
    let done = 0;
    while (done < length) {
      const want = Math.min(MAX_AT_ONCE, length - done);
      const { bytesRead } = await this.#handle.read(bytes, done, want, position + done);
      if (bytesRead === 0) damaged('the file became shorter while it was read');
      done += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Opens a file for `use` and closes it in any case. */
export async function withFile<T>(path: string, use: (file: CheckpointFile) => Promise<T>): Promise<T> {
  const file = await CheckpointFile.open(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

function allocate(length: number, what: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw checkpointError(
      'out-of-memory',
      `${what} needs ${length} bytes, which could not be allocated at once`,
    );
  }
}
