import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '@podium/core';

/** What a manifest says about one kept file. */
export interface KeptFile {
  readonly bytes: number;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
  /** Time of last change, in whole milliseconds, when the SHA-256 was last known to hold. */
  readonly modified: number;
}

export type KeptFiles = Readonly<Record<string, KeptFile>>;

/** A kept file that is not what its manifest says. */
export interface Damage {
  readonly file: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * Compares files with their manifest. Hashing a gigabyte at every start would cost half a second, so a file whose size
 * and time of change are the noted ones counts as unchanged unless `thorough`; any other is hashed.
 *
 * @returns The first damage; or the files with their present times, which differ from `files` where only a time did
 * (a cache that was copied).
 */
export async function verifyFiles(
  folder: string,
  files: KeptFiles,
  { thorough }: { readonly thorough: boolean },
): Promise<{ readonly damage: Damage } | { readonly files: KeptFiles; readonly retimed: boolean }> {
  const current: Record<string, KeptFile> = {};
  let retimed = false;
  for (const [file, kept] of Object.entries(files)) {
    const path = join(folder, file);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || !found.isFile()) {
      return { damage: { file, expected: `a file of ${kept.bytes} bytes`, got: 'nothing' } };
    }
    if (found.size !== kept.bytes) {
      return { damage: { file, expected: `${kept.bytes} bytes`, got: `${found.size} bytes` } };
    }
    const modified = Math.floor(found.mtimeMs);
    if (thorough || modified !== kept.modified) {
      const sha256 = await hashFile(path);
      if (sha256 !== kept.sha256) {
        return { damage: { file, expected: `SHA-256 ${kept.sha256}`, got: `SHA-256 ${sha256}` } };
      }
      retimed ||= modified !== kept.modified;
    }
    current[file] = { ...kept, modified };
  }
  return { files: current, retimed };
}

/** What a manifest has to say about a file that has just been written. */
export async function describeFile(path: string, sha256?: string): Promise<KeptFile> {
  const { size, mtimeMs } = await stat(path);
  return { bytes: size, sha256: sha256 ?? (await hashFile(path)), modified: Math.floor(mtimeMs) };
}
