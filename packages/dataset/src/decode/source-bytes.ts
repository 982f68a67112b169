import { readFile } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
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
      const bytes = await readWhole(path);
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

/** With a callback, since the promise costs more than the read of a small file. */
function readWhole(path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    readFile(path, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
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
      message: 'the file ends before the picture does',
      expected: `${length} bytes from byte ${offset} on`,
      got: `${bytesRead}`,
      fix: 'download the file again',
    });
  } finally {
    await file.close();
  }
}
