import { type FileHandle, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileError } from './file-error.ts';
import { removeStaleTemporaries, temporaryPath } from './temporary-files.ts';

/** What can be written: text as UTF-8, bytes, or either in pieces, for what does not fit into memory. */
export type FileContent =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/** Folders whose leftovers of killed processes this process has removed already. */
const swept = new Set<string>();

/**
 * Writes a file so that it is there whole or as it was before, whatever happens meanwhile: kill -9, a full disk, a
 * power cut, an error in the middle of `content`, a second writer (the last one to finish wins). When the promise
 * resolves, the bytes and the name are on the disk.
 *
 * The bytes go to a temporary name in the same folder, are synced, and take the file's name by a rename; then the
 * folder is synced, which the usual libraries leave out. A file that exists keeps its permissions; a symbolic link
 * stays and its target is replaced. What a killed process left of such temporary files is removed at the next
 * process's first write to the folder.
 * @throws PodiumError `file-not-found` where the folder does not exist, `file-not-writable`, `file-is-folder`,
 * `file-name-too-long`, `disk-full`, `file-failed`; the file is then as it was, and nothing is left beside it. What
 * `content` itself throws is thrown on.
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

/** Tells an error of the content's own, say of a stream that reads another file, from one of writing it. */
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

/** Makes the rename last through a power cut, where the system lets this process open and sync folders. */
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
