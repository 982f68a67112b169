import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, PodiumError } from '@podium/core';

/** What systems leave in folders that people look at; no data, and no reason to train again. */
const LITTER: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/**
 * The files below a folder: paths relative to it with forward slashes, in the order of their code units, links
 * followed. What file managers leave (`.DS_Store`...) is not among them.
 * @throws PodiumError `source-special-file` for what is neither file nor folder, `source-link-cycle`, `source-link-broken`, `file-not-found`,
 * `file-not-readable`.
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
      if (LITTER.has(item.name)) continue;
      const path = below === '' ? item.name : `${below}/${item.name}`;
      const kind = item.isSymbolicLink() ? await linked(join(root, path)) : item;
      if (kind.isDirectory()) await walk(root, path, [...ancestors, real], found);
      else if (kind.isFile()) found.push(path);
      else throw specialFile(join(root, path));
    }
  } catch (error) {
    throw fileError(error, folder, 'read');
  }
}

/** What a link leads to. */
async function linked(file: string): Promise<Stats> {
  return await stat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, file, 'read');
    throw new PodiumError({
      code: 'source-link-broken',
      path: { file },
      message: 'this symbolic link leads to nothing',
      fix: 'remove it, or copy what it should lead to',
    });
  });
}

function linkCycle(folder: string): PodiumError {
  return new PodiumError({
    code: 'source-link-cycle',
    path: { file: folder },
    message: 'a symbolic link leads back to a folder that it lies in',
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
