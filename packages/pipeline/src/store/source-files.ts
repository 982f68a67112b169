import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashValue, readText, writeFileAtomic } from '@podium/core';
import type { SourceFile, SourceIdentity } from '../sources/identity.ts';
import { isKey, type Layout, OWN } from './layout.ts';

/** Two million files. */
const MAX_BYTES = 2 ** 28;

/** Saves the list of files in a source folder, so that a later run can name the file that changed. Never fails. */
export async function saveSourceFiles(layout: Layout, { sha256, files }: SourceIdentity): Promise<void> {
  if (files === undefined) return;
  const path = join(layout.sources, `${sha256}.json`);
  try {
    await lstat(path);
  } catch {
    const text = JSON.stringify(files.map((file) => [file.path, file.size, file.sha256]));
    await writeFileAtomic(path, text, { root: layout.root, ...OWN }).catch(() => {});
  }
}

/** The files of the source folder with that hash, if they were saved. */
export async function sourceFiles(layout: Layout, sha256: string): Promise<SourceFile[] | undefined> {
  if (!isKey(sha256)) return undefined;
  try {
    const file = join(layout.sources, `${sha256}.json`);
    const rows = JSON.parse(await readText(file, { root: layout.root, maxBytes: MAX_BYTES })) as [
      string,
      number,
      string,
    ][];
    const files = rows.map(([path, size, hash]) => ({ path, size, sha256: hash }));
    return hashValue(files.map((file) => [file.path, file.sha256])) === sha256 ? files : undefined;
  } catch {
    return undefined;
  }
}
