import { PodiumError, type ProblemPath } from '@podium/core';
import { IMAGE_EXTENSION } from '../decode/file-format.ts';

/** A name of an image, as a table gives it. */
export interface ImageName {
  /** Paths with `/` in NFC that may be meant, the likeliest first; empty for an empty name. */
  readonly paths: readonly string[];
  /**
   * Of an absolute path, an address, or a path that begins with `..`: where its first folders are (`http://host:80`, `/`).
   * They are not those of the competition folder.
   */
  readonly origin: string | undefined;
}

const ADDRESS = /^[a-z][a-z0-9+.-]+:\/\/[^/]*/i;
const DRIVE = /^\/?[a-z]:(?=\/|$)/i;
/** Label Studio's addresses of local files: `/data/local-files/?d=images/1.jpg`. */
const LOCAL_FILE = /\/local-files\/?\?(?:[^#]*&)?d=([^&#]+)/;
const ENCODED = /%[0-9a-f]{2}/i;

/**
 * Reads the name of an image in a table: a path with `/` or `\`, relative or of another machine, or an address. It is only
 * compared with the files of a folder, so it cannot lead out of it.
 * @throws PodiumError `layout-unsafe-path` for a name with a zero byte
 */
export function imageName(cell: string, where: ProblemPath): ImageName {
  let text = cell.trim().replaceAll('\\', '/');
  if (text.includes('\0')) throw unsafePath(cell, where);
  const address = ADDRESS.exec(text);
  const local = LOCAL_FILE.exec(text);
  let origin = local === null ? address?.[0] : '/';
  if (local !== null) text = local[1]!;
  else if (address !== null) text = text.slice(address[0].length).replace(/[?#].*$/, '');
  const texts = ENCODED.test(text) ? [text, decoded(text)] : [text];
  // In an address, a space is always encoded; in a path, "%20" may be part of a name.
  if (origin !== undefined) texts.reverse();
  const paths = texts.map((item) => {
    const place = item.replace(DRIVE, '/');
    const parts: string[] = [];
    if (place.startsWith('/')) origin ??= '/';
    for (const part of place.split('/')) {
      if (part === '' || part === '.') continue;
      if (part !== '..') parts.push(part);
      else if (parts.pop() === undefined) origin ??= '..';
    }
    return parts.join('/').normalize('NFC');
  });
  return { paths: [...new Set(paths)].filter((path) => path !== ''), origin };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded after all: "100%25.jpg" is, "50%ab.jpg" is not valid UTF-8.
    return text;
  }
}

/**
 * A path from a setting, with `/`, in NFC and without `./`.
 * @throws PodiumError `layout-unsafe-path` if it is absolute or contains `..`
 */
export function safePath(path: string, where: ProblemPath): string {
  const normalized = path.trim().replaceAll('\\', '/').normalize('NFC');
  const parts = normalized.split('/').filter((part) => part !== '.' && part !== '');
  const isAbsolute = normalized.startsWith('/') || /^[a-z]:/i.test(normalized);
  if (!isAbsolute && !parts.includes('..') && !normalized.includes('\0')) return parts.join('/');
  throw unsafePath(path, where);
}

/** The error for a path that does not lead to a file of the folder. */
export function unsafePath(path: string, where: ProblemPath): PodiumError {
  return new PodiumError({
    code: 'layout-unsafe-path',
    message: 'this path may lead out of the competition folder',
    path: where,
    expected: 'a relative path inside the folder, without ".."',
    got: JSON.stringify(path),
    fix: 'write it relative to the competition folder, or drop the row',
  });
}

/** A name without its image extension; other dots stay: `aq.dog` and `2.0` are whole names. */
export function stem(name: string): string {
  return name.replace(IMAGE_EXTENSION, '');
}
