import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { PodiumError } from '../errors.ts';
import { fileError } from './file-error.ts';
import { kindOfFile } from './special-file.ts';

/** Links to folders that are followed at most: a few links to each other make a tree without end. */
const MAX_FOLDER_LINKS = 1000;

const ADVICE = 'set data.allowOutsideLinks: true if you trust the folder';

export interface WalkOptions {
  /**
   * Follow symbolic links that lead out of the folder, for images kept on another disk. Default: they are rejected, also
   * hidden ones: a link in an untrusted folder may lead to anything.
   */
  readonly allowOutsideLinks?: boolean | undefined;
  /** How to allow one, for messages. Default: by setting `data.allowOutsideLinks`. */
  readonly advice?: string | undefined;
  /** Whether something is left out: it is listed apart, and nothing below it is looked at. Default: nothing is. */
  readonly leavesOut?: (name: string) => boolean;
}

/** What is in a folder: relative paths with `/`, in no particular order. */
export interface WalkedFolder {
  /** Absolute, links resolved. */
  readonly root: string;
  readonly files: readonly string[];
  /** Also empty ones. */
  readonly folders: readonly string[];
  readonly leftOut: readonly { readonly path: string; readonly isFolder: boolean }[];
}

/**
 * Lists a folder of data and everything below it, by one rule for all who read data. Links that stay in the folder are
 * followed; those that lead out of it are rejected unless allowed, and broken ones unless hidden (editors mark open files with
 * such links). A link to a folder that it is in is not followed. Pipes, sockets and devices are rejected by name and never opened.
 * @throws PodiumError `folder-outside-link`, `folder-broken-link`, `folder-special-file`, `folder-links`; `file-not-found` and other file errors
 */
export async function walkFolder(folder: string, options: WalkOptions = {}): Promise<WalkedFolder> {
  try {
    const root = await realpath(folder);
    const walk: Walk = { root, given: folder, files: [], folders: [], leftOut: [], links: 0, options };
    await list(root, '', [], walk);
    const { files, folders, leftOut } = walk;
    return { root, files, folders, leftOut };
  } catch (error) {
    throw fileError(error, folder, 'read');
  }
}

interface Walk {
  readonly root: string;
  readonly given: string;
  readonly files: string[];
  readonly folders: string[];
  readonly leftOut: { path: string; isFolder: boolean }[];
  readonly options: WalkOptions;
  links: number;
}

/** @param folder without links in its path */
async function list(folder: string, prefix: string, ancestors: readonly string[], walk: Walk): Promise<void> {
  const { leavesOut = () => false } = walk.options;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`;
    // Also for a name that this reader leaves out: another one may not.
    const target = entry.isSymbolicLink() ? await follow(join(folder, entry.name), path, walk) : undefined;
    const found: Dirent | Stats | undefined = entry.isSymbolicLink() ? target?.found : entry;
    if (leavesOut(entry.name)) {
      walk.leftOut.push({ path, isFolder: entry.isDirectory() });
    } else if (found === undefined) {
      if (!entry.name.startsWith('.')) throw broken(path);
    } else if (found.isFile()) walk.files.push(path);
    else if (found.isDirectory()) {
      const inside = target?.path ?? join(folder, entry.name);
      const above = [...ancestors, folder];
      if (target !== undefined && above.some((ancestor) => isInside(inside, ancestor))) continue;
      if (target !== undefined && ++walk.links > MAX_FOLDER_LINKS) throw tooManyLinks(walk.given);
      walk.folders.push(path);
      await list(inside, `${path}/`, above, walk);
    } else throw special(path, found);
  }
}

async function follow(
  link: string,
  path: string,
  { root, options }: Walk,
): Promise<{ readonly path: string; readonly found: Stats } | undefined> {
  const target = await realpath(link).catch(() => undefined);
  if (target === undefined) return undefined;
  const { allowOutsideLinks = false, advice = ADVICE } = options;
  if (!allowOutsideLinks && !isInside(root, target)) {
    throw new PodiumError({
      code: 'folder-outside-link',
      message: 'this symbolic link leads out of the folder',
      path: { file: path },
      got: `a link to ${target}`,
      fix: `copy its target into the folder, or ${advice}`,
    });
  }
  return { path: target, found: await stat(target) };
}

function broken(file: string): PodiumError {
  return new PodiumError({
    code: 'folder-broken-link',
    path: { file },
    message: 'broken symbolic link',
    fix: 'remove it, or replace it by a copy of its target',
  });
}

function special(file: string, found: Dirent | Stats): PodiumError {
  return new PodiumError({
    code: 'folder-special-file',
    path: { file },
    expected: 'a file or a folder',
    got: kindOfFile(found),
    fix: 'remove it from the folder',
  });
}

function tooManyLinks(file: string): PodiumError {
  return new PodiumError({
    code: 'folder-links',
    path: { file },
    message: 'links to folders in this folder lead to more and more links',
    expected: `at most ${MAX_FOLDER_LINKS} of them on all ways through it`,
    fix: 'replace the links by copies of their targets',
  });
}

/** Whether a path is a folder or in it; both absolute and without links. */
function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !/^([a-z]:|[\\/])/i.test(way));
}
