import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hashValue, PodiumError } from '@podium/core';
import { concurrently } from '../concurrently.ts';
import type { Source } from '../graph/instance.ts';
import type { FileHashes } from './file-hashes.ts';
import type { SourceFile, SourceIdentity } from './identity.ts';
import { filesBelow } from './walk.ts';

/** Concurrent reads: enough to keep a disk busy. */
const READS = 16;

/**
 * Hashes a source. Two folders are equal if they have the same files at the same paths; times, permissions and empty
 * folders do not matter.
 *
 * @param rehash hash every file again, also those that look unchanged
 * @throws PodiumError `file-not-found`, `file-not-readable`, `source-kind`, `source-changing`, and as {@link
 * filesBelow}
 */
export async function identify(
  { kind, path, allowOutsideLinks, linksAdvice: advice }: Source,
  hashes: FileHashes,
  rehash = false,
): Promise<SourceIdentity> {
  await assertKind(kind, path);
  if (kind === 'file') {
    const { size, sha256 } = await hashes.hash(path, rehash);
    return { kind, sha256, bytes: size };
  }
  const files = await concurrently(
    await filesBelow(path, { allowOutsideLinks, advice }),
    READS,
    async (below): Promise<SourceFile> => {
      return { path: below, ...(await hashes.hash(join(path, below), rehash)) };
    },
  );
  const sha256 = hashValue(files.map((file) => [file.path, file.sha256]));
  return { kind, sha256, bytes: files.reduce((sum, { size }) => sum + size, 0), files };
}

/** Identifies all sources, sorted by name. */
export async function identifyAll(
  sources: Readonly<Record<string, Source>>,
  hashes: FileHashes,
  rehash = false,
): Promise<Record<string, SourceIdentity>> {
  const result: Record<string, SourceIdentity> = {};
  for (const name of Object.keys(sources).sort()) {
    result[name] = await identify(sources[name]!, hashes, rehash);
  }
  await hashes.save();
  return result;
}

async function assertKind(kind: Source['kind'], path: string): Promise<void> {
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
