import { type FileHandle, open } from 'node:fs/promises';
import { damaged, refusal } from './problem.ts';

/** One read never asks the system for more: Linux caps a read below 2 GiB. */
const MOST_AT_ONCE = 2 ** 30;

/** A file that stays open while its parts are read; its size is taken once, and every read is checked against it. */
export class CheckpointFile {
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  /** @throws what the operating system says, or PodiumError `file-is-folder`. */
  static async open(path: string): Promise<CheckpointFile> {
    const handle = await open(path, 'r');
    try {
      const stats = await handle.stat();
      if (stats.isFile()) return new CheckpointFile(handle, stats.size);
      const got = stats.isDirectory() ? 'a folder' : 'a device or a pipe';
      throw refusal('file-is-folder', 'this is not a file', { expected: 'a checkpoint file', got });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * `length` bytes from `position` in a buffer of their own, so that its offset 0 suits every number format.
   * @throws PodiumError `checkpoint-damaged` where the file does not hold them: checked before anything is allocated.
   */
  async read(position: number, length: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    if (position + length > this.size) {
      damaged(`${what} is cut off`, {
        expected: `at least ${position + length} bytes`,
        got: `a file of ${this.size} bytes`,
      });
    }
    const bytes = allocate(length, what);
    let done = 0;
    while (done < length) {
      const want = Math.min(MOST_AT_ONCE, length - done);
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

/** Opens a file, hands it to `use`, and closes it whatever happens. */
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
    throw refusal(
      'out-of-memory',
      `${what} needs ${length} bytes, which this machine cannot give in one piece`,
    );
  }
}
