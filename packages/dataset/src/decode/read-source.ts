import { close, closeSync, constants, fstat, fstatSync, open, openSync, read, readSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { fileError, PodiumError } from '@podium/core';
import type { ImageSource } from '../manifest/types.ts';

/**
 * The absolute path of a source.
 * @throws PodiumError `image-path-escapes` if it leads out of the root: manifests may come from untrusted sources
 */
export function sourcePath(root: string, source: ImageSource): string {
  const inside = normalize(source.path);
  if (!isAbsolute(inside) && inside !== '..' && !inside.startsWith(`..${sep}`) && !inside.includes('\0')) {
    return join(root, inside);
  }
  throw new PodiumError({
    code: 'image-path-escapes',
    path: { file: source.path },
    message: 'this path leads out of the data folder',
    expected: 'a path relative to the folder, without ".." above it',
    fix: 'move the image into the folder and correct the table',
  });
}

/**
 * The bytes of a source: the whole file, or a range of it.
 * @throws PodiumError `image-path-escapes`, `image-empty`, `image-truncated` if the range exceeds the file; file errors
 */
export async function readSource(root: string, source: ImageSource): Promise<Buffer> {
  const path = sourcePath(root, source);
  try {
    if (source.kind === 'file') {
      const bytes = await readWhole(path, source.path);
      if (bytes.length > 0) return bytes;
      throw new PodiumError({
        code: 'image-empty',
        path: { file: source.path },
        message: 'the file is empty',
        fix: 'download it again, or drop its row',
      });
    }
    const { offset } = source;
    const length = source.kind === 'text' ? source.length : source.width * source.height * source.channels;
    return await readRange(path, source.path, offset, length);
  } catch (error) {
    throw fileError(error, source.path, 'read');
  }
}

/** More than any image within the default pixel limit needs. */
const MAX_FILE_BYTES = 2 ** 30;

const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Number of reads through the thread pool before the next direct read. */
let pooledReads = 0;
const POOLED_READS = 64;
/** In milliseconds. A read from the page cache takes a fiftieth of this. */
const SLOW_READ = 1;

/**
 * Reads a whole file. Pipes and devices are rejected: they may never end. The flags keep a pipe without a writer from
 * blocking.
 *
 * Four trips through the thread pool take a tenth of the decoding time, so worker threads read directly as long as reads are
 * fast, from the page cache or a fast disk, and use the pool after a slow read.
 */
async function readWhole(path: string, name: string): Promise<Buffer> {
  if (isMainThread || pooledReads > 0) {
    pooledReads--;
    return readInPool(path, name);
  }
  const since = performance.now();
  const bytes = readDirectly(path, name);
  pooledReads = performance.now() - since > SLOW_READ ? POOLED_READS : 0;
  return bytes;
}

function readDirectly(path: string, name: string): Buffer {
  const descriptor = openSync(path, FLAGS);
  try {
    const stats = fstatSync(descriptor);
    if (!isImage(stats)) throw notAnImage(name, stats);
    const bytes = Buffer.allocUnsafeSlow(stats.size);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** With callbacks: promises would double the cost. */
function readInPool(path: string, name: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    open(path, FLAGS, (failed, descriptor) => {
      if (failed !== null) return reject(failed);
      const end = (error: unknown, bytes: Buffer) =>
        close(descriptor, () => (error === null ? resolve(bytes) : reject(error)));
      fstat(descriptor, (error, stats) => {
        if (error !== null) return end(error, NOTHING);
        if (!isImage(stats)) return end(notAnImage(name, stats), NOTHING);
        const bytes = Buffer.allocUnsafeSlow(stats.size);
        read(descriptor, bytes, 0, bytes.length, 0, (problem, count) =>
          end(problem, bytes.subarray(0, count)),
        );
      });
    });
  });
}

function isImage(stats: { size: number; isFile(): boolean }): boolean {
  return stats.isFile() && stats.size <= MAX_FILE_BYTES;
}

const NOTHING = Buffer.alloc(0);

function notAnImage(file: string, stats: { size: number; isFile(): boolean }): PodiumError {
  return new PodiumError({
    code: stats.isFile() ? 'image-too-large' : 'image-format',
    path: { file },
    expected: `a file of at most ${MAX_FILE_BYTES} bytes`,
    got: stats.isFile() ? `${stats.size} bytes` : 'a folder, a pipe or a device',
    fix: 'drop its row',
  });
}

async function readRange(path: string, name: string, offset: number, length: number): Promise<Buffer> {
  const file = await openFile(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    if (bytesRead === length) return bytes;
    throw new PodiumError({
      code: 'image-truncated',
      path: { file: name },
      message: 'the file ends before the image does',
      expected: `${length} bytes from byte ${offset} on`,
      got: `${bytesRead}`,
      fix: 'download the file again',
    });
  } finally {
    await file.close();
  }
}
