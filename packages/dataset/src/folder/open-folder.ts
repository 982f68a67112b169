import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { compareCodeUnits, fileError, PodiumError } from '@podium/core';

/** Files that operating systems leave behind. Names that start with a dot are skipped as well. */
const SYSTEM_FILES: ReadonlySet<string> = new Set(['__MACOSX', 'Thumbs.db', 'desktop.ini', '$RECYCLE.BIN']);
const IMAGE = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|avif|heic|heif)$/i;
const TABLE = /\.(csv|tsv)$/i;

export interface FolderOptions {
  /**
   * Follow symbolic links that lead out of the folder, for images kept on another disk. Default false: a link in an
   * untrusted folder may point to anything.
   */
  readonly allowOutsideLinks?: boolean;
}

/** The files of a competition folder: paths relative to the root, with `/`, sorted by code units. */
export interface CompetitionFolder {
  /** Absolute, links resolved. */
  readonly root: string;
  /** The path as the user wrote it. */
  readonly given: string;
  readonly files: readonly string[];
  readonly images: readonly string[];
  readonly tables: readonly string[];
}

/**
 * Lists a folder and its subfolders, without hidden files and files of the operating system.
 * @throws PodiumError `folder-outside-link` for a link that leads out of the folder; `file-not-found` and other file errors
 */
export async function openFolder(path: string, options: FolderOptions = {}): Promise<CompetitionFolder> {
  try {
    const root = await realpath(path);
    const files: string[] = [];
    await list(root, '', [], { root, files, allowOutsideLinks: options.allowOutsideLinks === true });
    files.sort(compareCodeUnits);
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
  // A broken link counts as a missing file: the row that needs it is reported.
  if (target === undefined) return;
  if (!walk.allowOutsideLinks && !isInside(walk.root, target)) {
    throw new PodiumError({
      code: 'folder-outside-link',
      message: 'this symbolic link leads out of the folder',
      path: { file: name },
      got: `a link to ${target}`,
      fix: 'copy its target into the folder, or set allowOutsideLinks if you created the link',
    });
  }
  const status = await stat(target);
  if (status.isFile()) walk.files.push(name);
  const isCircular = ancestors.some((ancestor) => isInside(target, ancestor));
  if (status.isDirectory() && !isCircular) await list(target, `${name}/`, ancestors, walk);
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || SYSTEM_FILES.has(name);
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !/^([a-z]:|[\\/])/i.test(way));
}
