import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '@podium/core';

/** A file in a manifest. */
export interface KeptFile {
  readonly bytes: number;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
  /** Modification time in milliseconds when the SHA-256 was last verified. */
  readonly modified: number;
}

/** Files of a manifest, by path. */
export type KeptFiles = Readonly<Record<string, KeptFile>>;

/** A file that differs from its manifest. */
export interface Damage {
  readonly file: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * Compares files with their manifest. Hashing a gigabyte at every start would take 0.5 s, so unless `thorough`, a file
 * with the recorded size and modification time counts as unchanged; others are hashed.
 *
 * @returns the first damage; or the files with their current times, and `retimed` if times changed (a copied cache)
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

/** The manifest entry of a newly written file. */
export async function describeFile(path: string, sha256?: string): Promise<KeptFile> {
  const { size, mtimeMs } = await stat(path);
  return { bytes: size, sha256: sha256 ?? (await hashFile(path)), modified: Math.floor(mtimeMs) };
}
