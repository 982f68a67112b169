import { rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError, isClosed, makeClosed, PodiumError, readText, writeFileAtomic } from '@podium/core';
import {
  describeFile,
  type KeptFile,
  syncFolder,
  systemCode,
  verifyFiles,
  withLock,
} from '@podium/engine/install';
import type { Hub } from './open-hub.ts';
import { copyShared, isShared } from './shared-file.ts';

const CLOSED = { mode: 0o644 } as const;

/** Metadata of a cached file, stored beside it in `<name>.podium.json`. */
interface CacheRecord extends KeptFile {
  /** The source that it came from, at the commit if it is known. */
  readonly source: string;
  readonly commit?: string;
}

/** A file that the cache should hold, and how to get it. */
export interface FileRequest {
  /** Folder of its source, which one process at a time may write to. */
  readonly folder: string;
  /** Path below the folder, with `/`. */
  readonly name: string;
  /** SHA-256 that it must have, or its first digits. */
  readonly sha256: string | undefined;
  /** Whether the source may not have it. */
  readonly optional: boolean;
  /** Checks the content of a file at any path; throws if it is not acceptable. */
  readonly check: (path: string) => Promise<void>;
  /**
   * Downloads it to a path on the same disk, checks its checksum and syncs it. The caller holds the lock. Returns undefined if
   * the source does not have an optional file.
   */
  readonly get: (
    target: string,
    signal: AbortSignal,
  ) => Promise<
    | {
        readonly path: string;
        readonly sha256: string;
        readonly source: string;
        readonly commit?: string | undefined;
      }
    | undefined
  >;
  /** Removes what `get` left if the file is not acceptable. */
  readonly discard: (target: string) => Promise<void>;
}

/** A cached file that matches its record. */
export interface CachedFile {
  readonly path: string;
  readonly record: CacheRecord;
}

type Lookup =
  | { readonly file: CachedFile }
  | { readonly absent: true }
  | { readonly problem: string }
  | undefined;

/** Files that this process has hashed, by path, with their state at that time. */
const hashed = new Map<string, string>();

/**
 * A file from the cache, or downloaded into it. The first use in a process hashes the file (about a second for 1.6 GB, less than
 * reading the weights takes); later uses check its size and time of change. A file that differs from its record is downloaded
 * again, and replaced only when the new one is complete.
 *
 * @returns undefined for an optional file that the source does not have, or that is not cached and must not be downloaded
 * @throws PodiumError `weights-offline` with the path of the missing file; `engine-cache-unwritable`; what `get` and `check` throw
 */
export async function fetchCached(hub: Hub, wanted: FileRequest): Promise<CachedFile | undefined> {
  const first = await lookUp(wanted);
  if (first !== undefined && !('problem' in first)) return fileOf(first);
  if (hub.offline !== undefined && !(await isShared(hub, wanted))) {
    if (wanted.optional && first === undefined) return undefined;
    throw offline(hub.offline, wanted, first);
  }
  const { folder } = wanted;
  return await withLock(
    folder,
    { signal: hub.signal, what: 'weights', onWait: () => hub.emit({ type: 'waiting', folder }) },
    async (signal) => {
      // Another process may have downloaded it meanwhile.
      const found = await lookUp(wanted);
      if (found !== undefined && !('problem' in found)) return fileOf(found);
      if (found !== undefined) hub.emit({ type: 'damaged', entry: targetOf(wanted), reason: found.problem });
      return await fetchInto(hub, wanted, signal, found);
    },
  );
}

/** {@link fetchCached} for a required file. */
export async function fetchRequired(hub: Hub, wanted: FileRequest): Promise<CachedFile> {
  const file = await fetchCached(hub, wanted);
  if (file === undefined) throw new Error(`${wanted.name} is required, and it is missing`);
  return file;
}

function fileOf(found: { readonly file: CachedFile } | { readonly absent: true }): CachedFile | undefined {
  return 'file' in found ? found.file : undefined;
}

async function fetchInto(
  hub: Hub,
  wanted: FileRequest,
  signal: AbortSignal,
  found: Lookup,
): Promise<CachedFile | undefined> {
  const target = targetOf(wanted);
  try {
    await makeClosed(dirname(target));
    const shared = await copyShared(hub, wanted, target, signal);
    if (shared === undefined && hub.offline !== undefined) throw offline(hub.offline, wanted, found);
    const got = shared ?? (await wanted.get(target, signal));
    if (got === undefined) return undefined;
    try {
      await wanted.check(got.path);
    } catch (error) {
      await wanted.discard(target);
      throw error;
    }
    const commit = got.commit === undefined ? {} : { commit: got.commit };
    const record: CacheRecord = {
      ...(await describeFile(got.path, got.sha256)),
      source: got.source,
      ...commit,
    };
    // The record first: a file without a record would be trusted, while a record without a file only causes a download.
    await writeRecord(target, record);
    await rename(got.path, target);
    await syncFolder(dirname(target));
    await wanted.discard(target);
    hashed.set(target, stamp(record));
    hub.emit({ type: 'verified', file: wanted.name, files: 1 });
    return { path: target, record };
  } catch (error) {
    signal.throwIfAborted();
    throw systemCode(error) === undefined ? error : fileError(error, target, 'write');
  }
}

/** Records that the source does not have a file, so that it is not requested again. */
export async function recordAbsent({ folder, name }: Pick<FileRequest, 'folder' | 'name'>): Promise<void> {
  const target = join(folder, name);
  await writeFileAtomic(recordPath(target), `${JSON.stringify({ format: 1, absent: true })}\n`, CLOSED);
}

async function lookUp(wanted: FileRequest): Promise<Lookup> {
  const target = targetOf(wanted);
  for (const path of [dirname(target), target, recordPath(target)])
    if (!(await isClosed(path))) return { problem: `others may write to ${path}` };
  const record = await readRecord(target);
  const exists = (await stat(target).catch(() => undefined))?.isFile() === true;
  if (record === 'absent') return exists ? await adopt(wanted, target) : { absent: true };
  if (!exists) return undefined;
  if (record === 'damaged') return { problem: 'its record cannot be read' };
  if (record === undefined) return await adopt(wanted, target);
  const verdict = await verifyFiles(
    wanted.folder,
    { [wanted.name]: record },
    {
      thorough: hashed.get(target) !== stamp(record),
    },
  );
  if ('damage' in verdict)
    return { problem: `expected ${verdict.damage.expected}, got ${verdict.damage.got}` };
  const current: CacheRecord = { ...record, ...verdict.files[wanted.name] };
  hashed.set(target, stamp(current));
  // The cache was copied. A read-only cache is fine too.
  if (verdict.retimed) await writeRecord(target, current).catch(() => {});
  if (wanted.sha256 !== undefined && !record.sha256.startsWith(wanted.sha256))
    return { problem: `expected SHA-256 ${wanted.sha256}, got ${record.sha256}` };
  return { file: { path: target, record: current } };
}

/** A file without a record was put there by its owner, for example on a machine without a network. */
async function adopt(wanted: FileRequest, target: string): Promise<Lookup> {
  const file = await describeFile(target);
  if (wanted.sha256 !== undefined && !file.sha256.startsWith(wanted.sha256))
    return { problem: `expected SHA-256 ${wanted.sha256}, got ${file.sha256}` };
  try {
    await wanted.check(target);
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    return { problem: error.message };
  }
  const record: CacheRecord = { ...file, source: target };
  hashed.set(target, stamp(record));
  await writeRecord(target, record).catch(() => {});
  return { file: { path: target, record } };
}

function targetOf({ folder, name }: FileRequest): string {
  return join(folder, name);
}

function recordPath(target: string): string {
  return `${target}.podium.json`;
}

function stamp({ bytes, modified, sha256 }: KeptFile): string {
  return `${bytes} ${modified} ${sha256}`;
}

async function writeRecord(target: string, record: CacheRecord): Promise<void> {
  await writeFileAtomic(
    recordPath(target),
    `${JSON.stringify({ format: 1, ...record }, undefined, 2)}\n`,
    CLOSED,
  );
}

async function readRecord(target: string): Promise<CacheRecord | 'absent' | 'damaged' | undefined> {
  let text: string;
  try {
    text = await readText(recordPath(target), { maxBytes: 100_000 });
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? undefined : 'damaged';
  }
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    if (value.format === 1 && value.absent === true) return 'absent';
    const { bytes, sha256, modified, source, commit } = value;
    const sound =
      value.format === 1 &&
      typeof bytes === 'number' &&
      typeof modified === 'number' &&
      typeof source === 'string' &&
      typeof sha256 === 'string' &&
      /^[0-9a-f]{64}$/.test(sha256);
    if (!sound) return 'damaged';
    return {
      bytes,
      sha256,
      modified,
      source,
      ...(typeof commit === 'string' && /^[0-9a-f]{40}$/.test(commit) ? { commit } : {}),
    };
  } catch {
    return 'damaged';
  }
}

function offline(reason: string, wanted: FileRequest, found: Lookup): PodiumError {
  const damaged = found !== undefined && 'problem' in found ? `, which is damaged (${found.problem})` : '';
  return new PodiumError({
    code: 'weights-offline',
    path: { file: targetOf(wanted) },
    message: `weights would have to be downloaded to this file${damaged}, and ${reason} forbids it`,
    fix: 'download them once without it, copy the file there from another machine, or name a local file as the source',
  });
}
