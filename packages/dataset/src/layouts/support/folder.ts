import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileError, PodiumError } from '@podium/core';

/** What systems leave behind; a name that begins with a dot is skipped as well. */
const LITTER: ReadonlySet<string> = new Set(['__MACOSX', 'Thumbs.db', 'desktop.ini', '$RECYCLE.BIN']);
const IMAGE = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|avif|heic|heif)$/i;
const TABLE = /\.(csv|tsv)$/i;

export interface FolderOptions {
  /**
   * Follow symbolic links that lead out of the folder: for images kept on another disk. Default: refuse them, since in
   * a folder from strangers a link may point at anything.
   */
  readonly allowOutsideLinks?: boolean;
}

/** The files of a competition, listed once: paths relative to the root, `/` between folders, by code units. */
export interface CompetitionFolder {
  /** Absolute, links resolved. */
  readonly root: string;
  /** As the user wrote it. */
  readonly given: string;
  readonly files: readonly string[];
  readonly images: readonly string[];
  readonly tables: readonly string[];
}

/**
 * Lists a folder and all below it; hidden files and what systems leave behind are left out.
 * @throws PodiumError `folder-outside-link` for a link that leads out, `file-not-found` and its kin.
 */
export async function openFolder(path: string, options: FolderOptions = {}): Promise<CompetitionFolder> {
  try {
    const root = await realpath(path);
    const files: string[] = [];
    await list(root, '', [], { root, files, allowOutsideLinks: options.allowOutsideLinks === true });
    files.sort(byCodeUnits);
    return {
      root,
      given: path,
      files,
      images: files.filter((file) => IMAGE.test(file)),
      tables: files.filter((file) => TABLE.test(file)),
    };
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

interface Walk {
  readonly root: string;
  readonly files: string[];
  readonly allowOutsideLinks: boolean;
}

async function list(folder: string, prefix: string, ancestors: readonly string[], walk: Walk): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (isHidden(entry.name)) continue;
    const name = `${prefix}${entry.name}`;
    const path = join(folder, entry.name);
    if (entry.isFile()) walk.files.push(name);
    else if (entry.isDirectory()) await list(path, `${name}/`, ancestors, walk);
    else if (entry.isSymbolicLink()) await follow(path, name, [...ancestors, folder], walk);
  }
}

async function follow(path: string, name: string, ancestors: readonly string[], walk: Walk): Promise<void> {
  const target = await realpath(path).catch(() => undefined);
  // A link to nothing is as good as no file: the row that needs it is reported as without image.
  if (target === undefined) return;
  if (!walk.allowOutsideLinks && !isInside(walk.root, target)) {
    throw new PodiumError({
      code: 'folder-outside-link',
      message: 'this symbolic link leads out of the folder',
      path: { file: name },
      got: `a link to ${target}`,
      fix: 'copy what it points at into the folder, or allow such links if you made them (allowOutsideLinks)',
    });
  }
  const found = await stat(target);
  if (found.isFile()) walk.files.push(name);
  // A folder inside of itself would have no end.
  const circular = ancestors.some((ancestor) => isInside(target, ancestor));
  if (found.isDirectory() && !circular) await list(target, `${name}/`, ancestors, walk);
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || LITTER.has(name);
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !/^([a-z]:|[\\/])/i.test(way));
}

export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
