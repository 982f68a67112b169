import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { PodiumError } from '@podium/core';
import type { ManifestRow } from '@podium/dataset';

/** The competition folder's name among folders. */
export const COMPETITION = 'data';

/** Folders by name: the competition's, and one for each external source. */
export type Mounts = Readonly<Record<string, string>>;

/**
 * Rows of several folders as rows of one that holds them all, which is what a loader reads from. Rows of external sources
 * say in their paths which folder they are of: `NAME/path`; rows of the competition are given apart.
 */
export interface MountedRows {
  readonly root: string;
  /** Rows whose paths are relative to the competition folder. */
  readonly own: (rows: readonly ManifestRow[]) => ManifestRow[];
  /** Rows whose paths begin with the name of a folder. */
  readonly named: (rows: readonly ManifestRow[]) => ManifestRow[];
}

/**
 * Finds the folder that holds all of these.
 * @throws PodiumError `external-drives` where there is none: other drives of Windows
 */
export async function mountFolders(mounts: Mounts): Promise<MountedRows> {
  const folders = new Map<string, string>();
  for (const [name, folder] of Object.entries(mounts)) folders.set(name, await realpath(folder));
  const root = commonFolder([...folders.values()]);
  const places = new Map(
    [...folders].map(([name, folder]) => [name, relative(root, folder).split(sep).join('/')]),
  );
  const move = (row: ManifestRow, folder: string, path: string): ManifestRow => {
    const place = places.get(folder);
    if (place === undefined || path === '') throw notMounted(row, [...places.keys()]);
    return { ...row, image: { ...row.image, path: place === '' ? path : `${place}/${path}` } };
  };
  return {
    root,
    own: (rows) => rows.map((row) => move(row, COMPETITION, row.image.path)),
    named: (rows) =>
      rows.map((row) => {
        const { path } = row.image;
        const at = path.indexOf('/');
        return move(row, path.slice(0, Math.max(at, 0)), path.slice(at + 1));
      }),
  };
}

/** The rows with their paths below a folder of this name. */
export function nameFolder(name: string, rows: readonly ManifestRow[]): ManifestRow[] {
  return rows.map((row) => ({ ...row, image: { ...row.image, path: `${name}/${row.image.path}` } }));
}

/** Mounts of a stage: the competition folder, and sources in the order of their names. */
export function mountsOf(
  data: string,
  external: readonly string[] | undefined,
  names: readonly string[],
): Mounts {
  return {
    ...Object.fromEntries(names.map((name, i) => [name, external![i]!])),
    [COMPETITION]: data,
  };
}

function commonFolder(folders: readonly string[]): string {
  let [root = sep] = folders;
  while (!folders.every((folder) => isInside(root, folder))) {
    const above = join(root, '..');
    if (above === root) {
      throw new PodiumError({
        code: 'external-drives',
        message: 'the competition and the external images lie on different drives',
        expected: 'folders of one drive',
        got: folders.join(', '),
        fix: 'copy the external images to the drive of the competition',
      });
    }
    root = above;
  }
  return root;
}

function isInside(root: string, folder: string): boolean {
  const way = relative(root, folder);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function notMounted({ id, image }: ManifestRow, names: readonly string[]): PodiumError {
  return new PodiumError({
    code: 'external-folder',
    message: `the folder of ${JSON.stringify(id)}`,
    expected: names,
    got: JSON.stringify(image.path),
  });
}
