import { close, closeSync, constants, fstat, fstatSync, open, openSync, read, readSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { fileError, PodiumError } from '@podium/core';
import type { ImageSource } from '../manifest/types.ts';

/**
 * The path of a source under the manifest's root.
 * @throws PodiumError `image-path-escapes` where it would leave it: manifests come from strangers too.
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
 * The bytes of a source: the whole file, or the range that it names.
 * @throws PodiumError `image-path-escapes`, `image-empty`, `image-truncated` where the range goes past the file's end, or
 * what the operating system says.
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
const LARGEST_FILE = 2 ** 30;

const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** How many reads go through the thread pool before one is tried directly again. */
let patience = 0;
const PATIENCE = 64;
/** Milliseconds; what is in the page cache takes a fiftieth. */
const SLOW = 1;

/**
 * A whole file. Pipes and devices are refused: they may never end. Opened so that a pipe without a writer does not wait.
 *
 * Four trips through the thread pool cost a tenth of what decoding costs, so a worker thread reads directly while files
 * come fast, out of the page cache or from a fast disk, and goes to the pool where one is slow.
 */
async function readWhole(path: string, name: string): Promise<Buffer> {
  if (isMainThread || patience > 0) {
    patience--;
    return readInPool(path, name);
  }
  const since = performance.now();
  const bytes = readDirectly(path, name);
  patience = performance.now() - since > SLOW ? PATIENCE : 0;
  return bytes;
}

function readDirectly(path: string, name: string): Buffer {
  const descriptor = openSync(path, FLAGS);
  try {
    const stats = fstatSync(descriptor);
    if (!isImage(stats)) throw noImage(name, stats);
    const bytes = Buffer.allocUnsafeSlow(stats.size);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** With callbacks, since promises cost as much again. */
function readInPool(path: string, name: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    open(path, FLAGS, (failed, descriptor) => {
      if (failed !== null) return reject(failed);
      const end = (error: unknown, bytes: Buffer) =>
        close(descriptor, () => (error === null ? resolve(bytes) : reject(error)));
      fstat(descriptor, (error, stats) => {
        if (error !== null) return end(error, NOTHING);
        if (!isImage(stats)) return end(noImage(name, stats), NOTHING);
        const bytes = Buffer.allocUnsafeSlow(stats.size);
        read(descriptor, bytes, 0, bytes.length, 0, (problem, count) =>
          end(problem, bytes.subarray(0, count)),
        );
      });
    });
  });
}

function isImage(stats: { size: number; isFile(): boolean }): boolean {
  return stats.isFile() && stats.size <= LARGEST_FILE;
}

const NOTHING = Buffer.alloc(0);

function noImage(file: string, stats: { size: number; isFile(): boolean }): PodiumError {
  return new PodiumError({
    code: stats.isFile() ? 'image-too-large' : 'image-format',
    path: { file },
    expected: `a file of at most ${LARGEST_FILE} bytes`,
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
