import { type WalkOptions, walkFolder } from '@podium/core';

/** Files that file managers leave in folders: not data, and no reason to train again. */
const IGNORED: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/**
 * The files below a folder, as sorted relative paths with forward slashes, by the rules of `walkFolder`; without files of
 * file managers (`.DS_Store`, ...).
 * @throws PodiumError what `walkFolder` throws
 */
export async function filesBelow(
  folder: string,
  options: Pick<WalkOptions, 'allowOutsideLinks' | 'advice'> = {},
): Promise<string[]> {
  const { files } = await walkFolder(folder, { ...options, leavesOut: (name) => IGNORED.has(name) });
  return files.toSorted();
}
