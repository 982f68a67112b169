import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { PodiumError } from '../errors.ts';

/**
 * An open folder. File functions get the paths of names in it from `at`: they stay in this folder even if somebody swaps
 * it, or a folder above it, for a link.
 */
export interface OpenFolder {
  /** The folder's path, for messages. */
  readonly path: string;
  /** What file functions take for the folder itself. */
  readonly self: string;
  /** What file functions take for a name in the folder. The name itself may be a link. */
  at(name: string): string;
}

export interface CreateOptions {
  /** Make missing folders below the root. */
  readonly create?: boolean;
  /** Permissions of new folders, less the umask; of new files, too, where some are written. Default: 0o777. */
  readonly mode?: number;
}

/** The permissions of new folders; false: none are made. */
type Create = number | false;

/** Linux resolves `/proc/self/fd/N/name` from the open folder N, as openat does, which Node.js lacks. */
const HAS_HANDLES = process.platform === 'linux' && existsSync('/proc/self/fd');
/**
 * Only a place in the tree: needs no permission to list the folder, and takes microseconds, less than handing it to
 * another thread would. Node.js has no name for it.
 */
const O_PATH = 0o10000000;
const AS_PLACE = O_PATH | constants.O_DIRECTORY;

/**
 * Opens a folder below `root` without following any link below `root`. (`root` itself may be, or be reached through, a
 * link: it is where the user said to work.)
 *
 * Where the system has no paths of open folders, every folder on the way is checked before `use`, and the last one again
 * after it.
 * @param folder absolute or relative to `root`; must not leave it
 * @throws PodiumError `link-refused` naming the link; what `use` throws; errors of the system, such as ENOENT
 */
export async function inFolder<T>(
  root: string,
  folder: string,
  use: (folder: OpenFolder) => Promise<T>,
  { create = false, mode = 0o777 }: CreateOptions = {},
): Promise<T> {
  const names = namesBelow(root, folder);
  return HAS_HANDLES
    ? byHandles(root, names, use, create && mode)
    : byChecks(root, names, use, create && mode);
}

/** The names on the way from `root` to a path in it. */
export function namesBelow(root: string, path: string): string[] {
  const way = relative(resolve(root), resolve(root, path));
  if (way === '') return [];
  const names = way.split(sep);
  if (names[0] === '..' || /^[a-z]:/i.test(way)) {
    throw new PodiumError({
      code: 'file-outside-folder',
      path: { file: path },
      message: 'this path leads out of its folder',
      expected: `a path below ${root}`,
    });
  }
  return names;
}

async function byHandles<T>(
  root: string,
  names: readonly string[],
  use: (folder: OpenFolder) => Promise<T>,
  create: Create,
): Promise<T> {
  let handle = openSync(root, AS_PLACE);
  try {
    let place = placeOf(resolve(root), handle);
    for (const name of names) {
      const next = enter(place, name, create);
      closeSync(handle);
      handle = next;
      place = placeOf(join(place.path, name), handle);
    }
    return await use(place);
  } finally {
    closeSync(handle);
  }
}

function placeOf(path: string, handle: number): OpenFolder {
  const self = `/proc/self/fd/${handle}`;
  return { path, self, at: (name) => `${self}/${assertName(name)}` };
}

function enter(place: OpenFolder, name: string, create: Create): number {
  const path = place.at(name);
  for (;;) {
    try {
      return openSync(path, AS_PLACE | constants.O_NOFOLLOW);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && create !== false) makeOne(path, create);
      else if ((code === 'ENOTDIR' || code === 'ELOOP') && isLink(path))
        throw linkRefused(join(place.path, name));
      else throw error;
    }
  }
}

/**
 * Works in a folder of an open folder, without following a link.
 * @throws as {@link inFolder}
 */
export async function inSubfolder<T>(
  parent: OpenFolder,
  name: string,
  use: (folder: OpenFolder) => Promise<T>,
): Promise<T> {
  if (!HAS_HANDLES) return byChecks(parent.path, [assertName(name)], use, false);
  const handle = enter(parent, name, false);
  try {
    return await use(placeOf(join(parent.path, name), handle));
  } finally {
    closeSync(handle);
  }
}

async function byChecks<T>(
  root: string,
  names: readonly string[],
  use: (folder: OpenFolder) => Promise<T>,
  create: Create,
): Promise<T> {
  let path = resolve(root);
  let before = statSync(path);
  for (const name of names) {
    path = join(path, name);
    const found = lstatOrMake(path, create);
    if (found.isSymbolicLink()) throw linkRefused(path);
    if (!found.isDirectory())
      throw Object.assign(new Error('ENOTDIR'), { code: 'ENOTDIR', syscall: 'open', path });
    before = found;
  }
  const folder = path;
  const result = await use({ path: folder, self: folder, at: (name) => join(folder, assertName(name)) });
  const after = statSync(folder, { throwIfNoEntry: false });
  if (after !== undefined && (after.ino !== before.ino || after.dev !== before.dev)) {
    throw new PodiumError({
      code: 'folder-changed',
      path: { file: folder },
      message: 'the folder was replaced by another one while it was in use',
      fix: 'find out what else writes there, then start again',
    });
  }
  return result;
}

function lstatOrMake(path: string, create: Create): Stats {
  const found = lstatSync(path, { throwIfNoEntry: create === false });
  if (found !== undefined || create === false) return found!;
  makeOne(path, create);
  return lstatSync(path);
}

function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function assertName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes(sep)) return name;
  throw new PodiumError({
    code: 'file-outside-folder',
    message: 'this is not the name of a file in a folder',
    got: JSON.stringify(name),
  });
}

/** Says that a link stands where only Podium's own files and folders may. */
export function linkRefused(file: string): PodiumError {
  return new PodiumError({
    code: 'link-refused',
    path: { file },
    message: 'this is a symbolic link, and Podium follows none among its own files: it may lead anywhere',
    fix: `delete the link (its target stays): rm ${JSON.stringify(file)}; to keep results elsewhere, name the folder on the command line`,
  });
}
