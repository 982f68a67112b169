import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashValue, writeFileAtomic } from '@podium/core';
import type { SourceFile, SourceIdentity } from '../sources/identity.ts';
import { isKey, type Layout } from './layout.ts';

/** Saves the list of files in a source folder, so that a later run can name the file that changed. Never fails. */
export async function saveSourceFiles(layout: Layout, { sha256, files }: SourceIdentity): Promise<void> {
  if (files === undefined) return;
  const path = join(layout.sources, `${sha256}.json`);
  try {
    await access(path);
  } catch {
    await mkdir(layout.sources, { recursive: true })
      .then(() =>
        writeFileAtomic(path, JSON.stringify(files.map((file) => [file.path, file.size, file.sha256]))),
      )
      .catch(() => {});
  }
}

/** The files of the source folder with that hash, if they were saved. */
export async function sourceFiles(layout: Layout, sha256: string): Promise<SourceFile[] | undefined> {
  if (!isKey(sha256)) return undefined;
  try {
    const rows = JSON.parse(await readFile(join(layout.sources, `${sha256}.json`), 'utf8')) as [
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
