import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { PodiumError } from '../errors.ts';
import { fileError } from './file-error.ts';
import { inFolder, linkRefused } from './open-folder.ts';
import { specialFile } from './special-file.ts';

/** Far above any settings, record or table of names that people make, and no burden for memory. */
const MAX_BYTES = 64 << 20;
/** A pipe or device that took the file's place meanwhile must not make the process wait. Windows has none of these. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const CHUNK_BYTES = 1 << 20;

export interface ReadOptions {
  /** Larger files are rejected before they are read. Default: 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** Follow no link below this folder, nor one at the end. Default: links are followed. */
  readonly root?: string | undefined;
  /** The file in messages. Default: its path. */
  readonly name?: string | undefined;
}

/**
 * Opens a file for reading, and nothing but a file: a pipe, socket or device is neither waited for nor read.
 * @throws PodiumError `file-special`, `file-is-folder`, `file-not-found` and other file errors; `link-refused`
 */
export async function openFile(
  path: string,
  { root, name = path }: Pick<ReadOptions, 'root' | 'name'> = {},
): Promise<FileHandle> {
  try {
    return root === undefined
      ? await openRegular(path, name, 0)
      : await inFolder(root, dirname(resolve(path)), (folder) =>
          openRegular(folder.at(basename(path)), name, constants.O_NOFOLLOW ?? 0),
        );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP' && root !== undefined) throw linkRefused(name);
    throw fileError(error, name, 'read');
  }
}

async function openRegular(path: string, name: string, flags: number): Promise<FileHandle> {
  // Before opening, too: opening alone makes some devices act.
  if (flags === 0) assertFile(await stat(path), name);
  const handle = await open(path, FLAGS | flags);
  try {
    assertFile(await handle.stat(), name);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function assertFile(found: Stats, name: string): void {
  if (found.isFile()) return;
  if (found.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR', syscall: 'read' });
  throw specialFile(name, found);
}

/**
 * The bytes of a file of limited size.
 * @throws PodiumError `file-too-large`; what {@link openFile} throws
 */
export async function readBytes(path: string, options: ReadOptions = {}): Promise<Buffer> {
  const { maxBytes = MAX_BYTES, name = path } = options;
  const handle = await openFile(path, options);
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw tooLarge(name, maxBytes, size);
    let bytes = Buffer.allocUnsafeSlow(size + 1);
    // Until its end: it may have grown, or state no size, as files of /proc.
    for (let done = 0; ; ) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, done);
      if (bytesRead === 0) return bytes.subarray(0, done);
      done += bytesRead;
      if (done > maxBytes) throw tooLarge(name, maxBytes, undefined);
      if (done === bytes.length) bytes = Buffer.concat([bytes], Math.max(2 * done, CHUNK_BYTES));
    }
  } catch (error) {
    throw fileError(error, name, 'read');
  } finally {
    await handle.close();
  }
}

/** {@link readBytes}; undefined if there is no such file. */
export async function readBytesIfAny(path: string, options: ReadOptions = {}): Promise<Buffer | undefined> {
  try {
    return await readBytes(path, options);
  } catch (error) {
    if (error instanceof PodiumError && error.code === 'file-not-found') return undefined;
    throw error;
  }
}

/** {@link readBytes}, as UTF-8. */
export async function readText(path: string, options: ReadOptions = {}): Promise<string> {
  return (await readBytes(path, options)).toString('utf8');
}

/** {@link readText} without waiting, for what is needed before anything else can happen; links are followed. */
export function readTextSync(
  path: string,
  { maxBytes = MAX_BYTES, name = path }: Omit<ReadOptions, 'root'> = {},
): string {
  try {
    assertFile(statSync(path), name);
    const file = openSync(path, FLAGS);
    try {
      assertFile(fstatSync(file), name);
      const chunks: Buffer[] = [];
      for (let done = 0; ; ) {
        const chunk = Buffer.allocUnsafe(64 << 10);
        const bytesRead = readSync(file, chunk, 0, chunk.length, null);
        if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8');
        done += bytesRead;
        if (done > maxBytes) throw tooLarge(name, maxBytes, undefined);
        chunks.push(chunk.subarray(0, bytesRead));
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, name, 'read');
  }
}

function tooLarge(file: string, maxBytes: number, size: number | undefined): PodiumError {
  return new PodiumError({
    code: 'file-too-large',
    path: { file },
    message: 'the file is too large for what it should hold',
    expected: `at most ${maxBytes} bytes`,
    got: size === undefined ? 'more' : `${size}`,
    fix: 'check that this is the right file',
  });
}
