import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileError } from './file-error.ts';
import { type CreateOptions, inFolder, linkRefused, type OpenFolder } from './open-folder.ts';
import { specialFile } from './special-file.ts';
import { removeStaleTemporaries, temporaryName } from './temporary-files.ts';

/** Text (written as UTF-8), bytes, or an iterable of either for content that does not fit into memory. */
export type FileContent =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

export interface WriteOptions extends CreateOptions {
  /** Follow no link below this folder. Default: links on the way to the file's folder are followed. */
  readonly root?: string | undefined;
}

const MARK_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Folders that this process has already cleaned of other processes' leftovers. */
const swept = new Set<string>();

/**
 * Writes a file atomically: it is complete or unchanged after kill -9, a full disk, a power failure, or an error in
 * `content`. Of two concurrent writers, the last to finish wins. When the promise resolves, the bytes and the name are on
 * disk.
 *
 * The bytes are written to a temporary file in the same folder, synced, and renamed; then the folder is synced. (The
 * write-file-atomic package does not sync the folder, takes no streams, and keeps temporary files of killed processes.)
 * An existing file keeps its permissions. A symbolic link is replaced, and its target stays as it is: a link in a folder
 * that somebody else made may lead to any file. Temporary files of killed processes are removed at the next process's
 * first write to the folder.
 * @throws PodiumError `file-not-found` if the folder does not exist, `file-not-writable`, `file-is-folder`,
 * `file-special` for a pipe or device, `file-name-too-long`, `disk-full`, `file-failed`, `link-refused` for a link below
 * `root`; the file is then unchanged and no temporary file remains. Errors thrown by `content` are rethrown.
 */
export async function writeFileAtomic(
  path: string,
  content: FileContent,
  { root, ...making }: WriteOptions = {},
): Promise<void> {
  const file = resolve(path);
  try {
    const folder = dirname(file);
    await inFolder(
      root ?? folder,
      folder,
      (opened) => replace(opened, basename(file), content, making.mode),
      making,
    );
  } catch (error) {
    if (error instanceof ContentFailure) throw error.cause;
    throw fileError(error, path, 'write');
  }
}

async function replace(folder: OpenFolder, name: string, content: FileContent, mode = 0o777): Promise<void> {
  if (!swept.has(folder.path)) {
    swept.add(folder.path);
    await removeStaleTemporaries(folder.self);
  }
  const path = folder.at(name);
  const before = await lstat(path).catch(() => undefined);
  // What is behind a link is only looked at: renaming over /dev/stdout would harm everybody.
  const behind = before?.isSymbolicLink() ? await stat(path).catch(() => undefined) : before;
  if (behind?.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR', syscall: 'rename' });
  if (behind !== undefined && !behind.isFile()) throw specialFile(`${folder.path}/${name}`, behind);
  const temporary = folder.at(temporaryName());
  const file = await open(temporary, 'wx', mode & 0o666);
  try {
    try {
      const whole = typeof content === 'string' || content instanceof Uint8Array;
      await writeFile(file, whole ? content : guarded(content));
      if (before?.isFile()) await file.chmod(before.mode & (0o7000 | mode));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(folder.self);
}

/**
 * Writes a small file in place, with no regard to crashes: marks and probes whose content hardly matters. A file that has
 * another name elsewhere (a hard link) is replaced.
 * @throws PodiumError `link-refused`, `file-special`; errors of the system
 */
export async function writeMark(
  path: string,
  text: string,
  { root, ...making }: WriteOptions = {},
): Promise<void> {
  const file = resolve(path);
  const folder = dirname(file);
  const write = async ({ at }: OpenFolder) => {
    const own = at(basename(file));
    for (;;) {
      const handle = await open(own, MARK_FLAGS, (making.mode ?? 0o777) & 0o666).catch(
        (error: NodeJS.ErrnoException) => {
          throw error.code === 'ELOOP' ? linkRefused(path) : error;
        },
      );
      try {
        const found = await handle.stat();
        if (!found.isFile()) throw specialFile(path, found);
        if (found.nlink === 1) {
          await handle.truncate(0);
          return await handle.writeFile(text);
        }
      } finally {
        await handle.close();
      }
      await unlink(own);
    }
  };
  await inFolder(root ?? folder, folder, write, making);
}

/**
 * Appends to a file, which is created if it is not there.
 * @throws PodiumError `link-refused`, `file-special`; file errors
 */
export async function appendToFile(
  path: string,
  bytes: Uint8Array,
  { root, ...making }: WriteOptions = {},
): Promise<void> {
  const file = resolve(path);
  const folder = dirname(file);
  const flags = MARK_FLAGS | constants.O_APPEND;
  const append = async ({ at }: OpenFolder) => {
    const handle = await open(at(basename(file)), flags, (making.mode ?? 0o777) & 0o666);
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw specialFile(path, found);
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
  };
  await inFolder(root ?? folder, folder, append, making).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP' ? linkRefused(path) : fileError(error, path, 'write');
  });
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
