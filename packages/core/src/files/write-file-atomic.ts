import { type FileHandle, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileError } from './file-error.ts';
import { removeStaleTemporaries, temporaryPath } from './temporary-files.ts';

/** Text (written as UTF-8), bytes, or an iterable of either for content that does not fit into memory. */
export type FileContent =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/** Folders that this process has already cleaned of other processes' leftovers. */
const swept = new Set<string>();

/**
 * Writes a file atomically: it is complete or unchanged after kill -9, a full disk, a power failure, or an error in
 * `content`. Of two concurrent writers, the last to finish wins. When the promise resolves, the bytes and the name are on
 * disk.
 *
 * The bytes are written to a temporary file in the same folder, synced, and renamed; then the folder is synced. (The
 * write-file-atomic package does not sync the folder, takes no streams, and keeps temporary files of killed processes.)
 * An existing file keeps its permissions; a symbolic link is kept and its target replaced. Temporary files of killed
 * processes are removed at the next process's first write to the folder.
 * @throws PodiumError `file-not-found` if the folder does not exist, `file-not-writable`, `file-is-folder`,
 * `file-name-too-long`, `disk-full`, `file-failed`; the file is then unchanged and no temporary file remains. Errors
 * thrown by `content` are rethrown.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  try {
    await replace(await realpath(path).catch(() => resolve(path)), content);
  } catch (error) {
    if (error instanceof ContentFailure) throw error.cause;
    throw fileError(error, path, 'write');
  }
}

async function replace(path: string, content: FileContent): Promise<void> {
  const folder = dirname(path);
  if (!swept.has(folder)) {
    swept.add(folder);
    await removeStaleTemporaries(folder);
  }
  const before = await stat(path).catch(() => undefined);
  const temporary = temporaryPath(folder);
  const file = await open(temporary, 'wx');
  try {
    try {
      const whole = typeof content === 'string' || content instanceof Uint8Array;
      await writeFile(file, whole ? content : guarded(content));
      if (before?.isFile()) await file.chmod(before.mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Marks an error thrown by the content, such as a stream that reads another file. */
class ContentFailure extends Error {}

async function* guarded(
  content: Exclude<FileContent, string | Uint8Array>,
): AsyncGenerator<string | Uint8Array, void> {
  try {
    yield* content;
  } catch (error) {
    throw new ContentFailure('the content failed', { cause: error });
  }
}

/** Makes the rename survive a power failure, on systems that can sync folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    if (!['EACCES', 'EINVAL', 'ENOTSUP', 'ENOSYS'].includes(code)) throw error;
  } finally {
    await handle?.close();
  }
}
