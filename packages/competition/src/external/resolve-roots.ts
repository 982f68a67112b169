import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { PodiumError } from '@podium/core';
import type { ManifestRow } from '@podium/dataset';

/** The competition folder's name among roots. */
export const COMPETITION = 'data';

/** Folders by name: the competition's, and one per external source. */
export type Roots = Readonly<Record<string, string>>;

/** Rows of several folders as rows of one folder that contains them all, which is what a loader reads from. */
export interface ResolvedRoots {
  readonly root: string;
  /** Rows whose paths are relative to the competition folder. */
  readonly competition: (rows: readonly ManifestRow[]) => ManifestRow[];
  /** Rows whose paths begin with the name of a folder: `NAME/path`. */
  readonly external: (rows: readonly ManifestRow[]) => ManifestRow[];
}

/**
 * Finds the folder that contains all roots.
 * @throws PodiumError `external-drives` where there is none, as for two drives of Windows
 */
export async function resolveRoots(roots: Roots): Promise<ResolvedRoots> {
  const folders = new Map<string, string>();
  for (const [name, folder] of Object.entries(roots)) folders.set(name, await realpath(folder));
  const root = commonFolder([...folders.values()]);
  const prefixes = new Map(
    [...folders].map(([name, folder]) => [name, relative(root, folder).split(sep).join('/')]),
  );
  const move = (row: ManifestRow, folder: string, path: string): ManifestRow => {
    const prefix = prefixes.get(folder);
    if (prefix === undefined || path === '') throw unknownRoot(row, [...prefixes.keys()]);
    return { ...row, image: { ...row.image, path: prefix === '' ? path : `${prefix}/${path}` } };
  };
  return {
    root,
    competition: (rows) => rows.map((row) => move(row, COMPETITION, row.image.path)),
    external: (rows) =>
      rows.map((row) => {
        const { path } = row.image;
        const at = path.indexOf('/');
        return move(row, path.slice(0, Math.max(at, 0)), path.slice(at + 1));
      }),
  };
}

/** Rows whose paths begin with the name of their root. */
export function withRootName(name: string, rows: readonly ManifestRow[]): ManifestRow[] {
  return rows.map((row) => ({ ...row, image: { ...row.image, path: `${name}/${row.image.path}` } }));
}

/** The roots of a stage: the competition folder, and external folders in the order of their names. */
export function rootsOf(
  data: string,
  external: readonly string[] | undefined,
  names: readonly string[],
): Roots {
  return { ...Object.fromEntries(names.map((name, i) => [name, external![i]!])), [COMPETITION]: data };
}

function commonFolder(folders: readonly string[]): string {
  let [root = sep] = folders;
  while (!folders.every((folder) => isInside(root, folder))) {
    const above = join(root, '..');
    if (above === root) {
      throw new PodiumError({
        code: 'external-drives',
        message: 'the competition and the external images are on different drives',
        expected: 'folders on one drive',
        got: folders.join(', '),
        fix: 'copy the external images to the drive of the competition',
      });
    }
    root = above;
  }
  return root;
}

function isInside(root: string, folder: string): boolean {
  const path = relative(root, folder);
  return path === '' || (path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path));
}

function unknownRoot({ id, image }: ManifestRow, names: readonly string[]): PodiumError {
  return new PodiumError({
    code: 'external-folder',
    message: `the folder of ${JSON.stringify(id)}`,
    expected: names,
    got: JSON.stringify(image.path),
  });
}
