import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, PodiumError } from '@podium/core';

/** Files that file managers leave in folders: not data, and no reason to train again. */
const IGNORED: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/**
 * The files below a folder, as sorted relative paths with forward slashes. Follows links; skips files of file managers
 * (`.DS_Store`, ...).
 * @throws PodiumError `source-special-file` for a pipe, socket or device, `source-link-cycle`, `source-link-broken`,
 * `file-not-found`, `file-not-readable`
 */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  await walk(folder, '', [], found);
  return found.sort();
}

async function walk(
  root: string,
  below: string,
  ancestors: readonly string[],
  found: string[],
): Promise<void> {
  const folder = join(root, below);
  try {
    const real = await realpath(folder);
    if (ancestors.includes(real)) throw linkCycle(folder);
    for (const item of await readdir(folder, { withFileTypes: true })) {
      if (IGNORED.has(item.name)) continue;
      const path = below === '' ? item.name : `${below}/${item.name}`;
      const kind = item.isSymbolicLink() ? await followLink(join(root, path)) : item;
      if (kind.isDirectory()) await walk(root, path, [...ancestors, real], found);
      else if (kind.isFile()) found.push(path);
      else throw specialFile(join(root, path));
    }
  } catch (error) {
    throw fileError(error, folder, 'read');
  }
}

async function followLink(file: string): Promise<Stats> {
  return await stat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, file, 'read');
    throw new PodiumError({
      code: 'source-link-broken',
      path: { file },
      message: 'broken symbolic link',
      fix: 'remove it, or replace it by a copy of its target',
    });
  });
}

function linkCycle(folder: string): PodiumError {
  return new PodiumError({
    code: 'source-link-cycle',
    path: { file: folder },
    message: 'a symbolic link points to a folder that contains it',
    fix: 'remove the link',
  });
}

function specialFile(file: string): PodiumError {
  return new PodiumError({
    code: 'source-special-file',
    path: { file },
    expected: 'a file or a folder',
    got: 'a pipe, socket or device',
    fix: 'remove it from the folder',
  });
}
