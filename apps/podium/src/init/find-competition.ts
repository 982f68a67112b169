import { readdir } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { recognizeLayout } from '@podium/dataset';

const SKIPPED_FOLDERS = new Set(['node_modules', 'submissions']);

/**
 * Finds the competition folder: `data`, the only folder inside `data`, or the only folder here with a known layout.
 * @throws PodiumError `init-no-data` if there is none, or more than one
 */
export async function findCompetition(folder: string): Promise<string> {
  for (const candidates of [[await dataFolder(folder)], await foldersIn(folder)]) {
    const found: string[] = [];
    for (const candidate of candidates) if (await hasKnownLayout(candidate)) found.push(candidate);
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      throw new PodiumError({
        code: 'init-no-data',
        path: { file: folder },
        message: 'there are several competition folders here',
        expected: found.map((path) => relative(folder, path)),
        fix: 'name one: podium init FOLDER',
      });
    }
  }
  throw new PodiumError({
    code: 'init-no-data',
    path: { file: folder },
    message: 'no folder here looks like a competition: images, and a table or folders that label them',
    fix: 'unpack the competition into its own folder, such as data, and name it: podium init data',
  });
}

/** `data`, or its only folder: archives often contain one folder. */
async function dataFolder(folder: string): Promise<string> {
  const data = resolve(folder, 'data');
  const [only, ...others] = await foldersIn(data);
  const isNested = only !== undefined && others.length === 0 && !(await hasFiles(dirname(only)));
  return isNested ? only : data;
}

async function foldersIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { withFileTypes: true }).catch(() => []))
    .filter((item) => item.isDirectory() && !item.name.startsWith('.') && !SKIPPED_FOLDERS.has(item.name))
    .map(({ name }) => resolve(folder, name))
    .sort();
}

async function hasFiles(folder: string): Promise<boolean> {
  return (await readdir(folder, { withFileTypes: true })).some((item) => item.isFile());
}

async function hasKnownLayout(folder: string): Promise<boolean> {
  return await recognizeLayout(folder).then(
    ({ layout }) => layout !== undefined,
    () => false,
  );
}
