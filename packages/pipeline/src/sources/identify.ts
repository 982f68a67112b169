import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hashValue, PodiumError } from '@podium/core';
import { concurrently } from '../concurrently.ts';
import type { Source } from '../graph/instance.ts';
import type { FileHashes } from './file-hashes.ts';
import type { SourceFile, SourceIdentity } from './identity.ts';
import { filesBelow } from './walk.ts';

/** Reads under way at once: enough to keep a disk busy. */
const READS = 16;

/**
 * Hashes a source. Two folders are the same where the same files lie at the same places in them; times, permissions
 * and empty folders do not count.
 * @throws PodiumError `file-not-found`, `file-not-readable`, `source-kind`, `source-changing`, and as `filesBelow`.
 */
export async function identify(
  { kind, path }: Source,
  hashes: FileHashes,
  distrust = false,
): Promise<SourceIdentity> {
  await expectKind(kind, path);
  if (kind === 'file') {
    const { size, sha256 } = await hashes.hash(path, distrust);
    return { kind, sha256, bytes: size };
  }
  const files = await concurrently(await filesBelow(path), READS, async (below): Promise<SourceFile> => {
    return { path: below, ...(await hashes.hash(join(path, below), distrust)) };
  });
  const sha256 = hashValue(files.map((file) => [file.path, file.sha256]));
  return { kind, sha256, bytes: files.reduce((sum, { size }) => sum + size, 0), files };
}

/** Identifies all sources, in the order of their names. */
export async function identifyAll(
  sources: Readonly<Record<string, Source>>,
  hashes: FileHashes,
  distrust = false,
): Promise<Record<string, SourceIdentity>> {
  const result: Record<string, SourceIdentity> = {};
  for (const name of Object.keys(sources).sort()) {
    result[name] = await identify(sources[name]!, hashes, distrust);
  }
  await hashes.save();
  return result;
}

async function expectKind(kind: Source['kind'], path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(error, path, 'read');
  });
  const got = found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'something else';
  if (got === kind) return;
  throw new PodiumError({
    code: 'source-kind',
    path: { file: path },
    expected: `a ${kind}`,
    got: `a ${got}`,
  });
}
