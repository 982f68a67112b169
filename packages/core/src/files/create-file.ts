import { link, open, stat, unlink } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { inFolder, type OpenFolder } from './open-folder.ts';
import { temporaryName } from './temporary-files.ts';
import type { WriteOptions } from './write-file-atomic.ts';

/** What file systems say that have no hard links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Creates a small file unless there is one of that name: of any number of processes, also on several machines that share
 * the folder, exactly one gets `true`. The file has its whole content from the start.
 *
 * The content is written to a temporary file, and a hard link gives it its name: `link` is atomic on NFS, too, and the
 * number of links tells whether it was made if the answer of the server was lost. Where there are no hard links, the file
 * is created exclusively, and may be seen empty for a moment. It survives a power failure only
 * with `flush`.
 * @throws errors of the system, such as ENOENT if the folder does not exist; PodiumError `link-refused` for a link below
 * `root`
 */
export async function createFile(
  path: string,
  content: string | Uint8Array,
  { root, flush = false, ...making }: WriteOptions & { readonly flush?: boolean } = {},
): Promise<boolean> {
  const file = resolve(path);
  const folder = dirname(file);
  const mode = (making.mode ?? 0o777) & 0o666;
  return await inFolder(
    root ?? folder,
    folder,
    async (opened) => {
      const temporary = opened.at(temporaryName());
      try {
        const handle = await open(temporary, 'wx', mode);
        try {
          await handle.writeFile(content);
          if (flush) await handle.sync();
        } finally {
          await handle.close();
        }
        return await name(opened, temporary, basename(file), content, mode);
      } finally {
        await unlink(temporary).catch(() => {});
      }
    },
    making,
  );
}

async function name(
  opened: OpenFolder,
  temporary: string,
  wanted: string,
  content: string | Uint8Array,
  mode: number,
): Promise<boolean> {
  try {
    await link(temporary, opened.at(wanted));
    return true;
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    if (code === 'EEXIST') return (await stat(temporary)).nlink === 2;
    if (!NO_LINKS.has(code)) throw error;
  }
  try {
    const handle = await open(opened.at(wanted), 'wx', mode);
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
