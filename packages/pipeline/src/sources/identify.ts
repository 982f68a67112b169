import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileError, hashBytes, PodiumError } from '@podium/core';
import { concurrently } from '../concurrently.ts';
import type { Source } from '../graph/instance.ts';
import type { FileHash, FileHashes } from './file-hashes.ts';
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
  const paths = await filesBelow(path, { allowOutsideLinks, advice });
  const found = rehash ? new Map<string, FileHash>() : await hashes.unchanged(path, paths);
  const others = paths.filter((below) => !found.has(below));
  await concurrently(others, READS, async (below) => {
    found.set(below, await hashes.hash(join(path, below), rehash));
  });
  const files = paths.map((below): SourceFile => ({ path: below, ...found.get(below)! }));
  // The canonical text of lists of texts is their JSON, which is made ten times as fast.
  const sha256 = hashBytes(JSON.stringify(files.map((file) => [file.path, file.sha256])));
  return { kind, sha256, bytes: files.reduce((sum, { size }) => sum + size, 0), files };
}

/** What sources were found to be, by {@link Source}; see `PlanOptions.seen`. */
export type SeenSources = Map<string, SourceIdentity>;

/** Identifies all sources, sorted by name; those that were seen before are not looked at again. */
export async function identifyAll(
  sources: Readonly<Record<string, Source>>,
  hashes: FileHashes,
  { rehash = false, seen = new Map() }: { readonly rehash?: boolean; readonly seen?: SeenSources } = {},
): Promise<Record<string, SourceIdentity>> {
  const result: Record<string, SourceIdentity> = {};
  for (const name of Object.keys(sources).sort()) {
    const source = sources[name]!;
    const key = JSON.stringify([source.kind, resolve(source.path), source.allowOutsideLinks === true]);
    const identity = seen.get(key) ?? (await identify(source, hashes, rehash));
    seen.set(key, identity);
    result[name] = identity;
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
