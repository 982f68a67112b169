import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError, PodiumError, writeFileAtomic } from '@podium/core';
import {
  describeFile,
  type KeptFile,
  syncFolder,
  systemCode,
  verifyFiles,
  withLock,
} from '@podium/engine/install';
import type { Hub } from './open-hub.ts';

/** What lies beside a kept file, in `<name>.podium.json`. */
interface CacheRecord extends KeptFile {
  /** The source that it came from, at the commit where that is known. */
  readonly source: string;
  readonly commit?: string;
}

/** A file that the cache should hold, and how to get it. */
export interface FileRequest {
  /** Folder of its source: two processes that want the same source take turns. */
  readonly folder: string;
  /** Its path below the folder, with `/`. */
  readonly name: string;
  /** SHA-256 that it must have, or the first digits. */
  readonly sha256: string | undefined;
  /** Whether its source may be without it. */
  readonly optional: boolean;
  /** Looks at the content of a file under any path; throws where it will not do. */
  readonly check: (path: string) => Promise<void>;
  /**
   * Fetches it to a path on the same disk, its checksum checked, and synced; the caller holds the lock. Undefined where
   * the source has no such file and it is optional.
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
  /** Removes what `get` left where the file will not do after all. */
  readonly discard: (target: string) => Promise<void>;
}

/** A file of the cache that is what its record says. */
export interface CachedFile {
  readonly path: string;
  readonly record: CacheRecord;
}

type Found = { readonly kept: CachedFile } | { readonly absent: true } | { readonly problem: string } | undefined;

/** Files whose bytes this process has hashed already, by path, with what they were then. */
const hashed = new Map<string, string>();

/**
 * The wanted file from the cache, or fetched into it. A kept file is hashed when a process first asks for it, about a
 * second for 1.6 GB and less than reading the weights takes; after that its size and time of change are looked at. One
 * that differs from its record is fetched again; until the new one is there whole, nothing in the cache is touched.
 *
 * @returns Undefined for an optional file that its source does not have, or that is not there while nothing may be
 * downloaded.
 * @throws PodiumError `weights-offline` that says where the file should be; `engine-cache-unwritable`; what `get` and
 * `check` throw.
 */
export async function keep(hub: Hub, wanted: FileRequest): Promise<CachedFile | undefined> {
  const first = await find(wanted);
  const answer = answerOf(first);
  if (answer !== undefined) return answer.kept;
  if (hub.offline !== undefined) {
    if (wanted.optional && first === undefined) return undefined;
    throw offline(hub.offline, wanted, first);
  }
  const { folder } = wanted;
  return await withLock(
    folder,
    { signal: hub.signal, what: 'weights', onWait: () => hub.emit({ type: 'waiting', folder }) },
    async (signal) => {
      // Another process may have done it while this one waited.
      const found = await find(wanted);
      const done = answerOf(found);
      if (done !== undefined) return done.kept;
      if (found !== undefined && 'problem' in found)
        hub.emit({ type: 'damaged', entry: targetOf(wanted), reason: found.problem });
      return await fetchInto(hub, wanted, signal);
    },
  );
}

/** `keep` for a file that is not optional. */
export async function fetchRequired(hub: Hub, wanted: FileRequest): Promise<CachedFile> {
  const kept = await keep(hub, wanted);
  if (kept === undefined) throw new Error(`${wanted.name} is not optional, and it is missing`);
  return kept;
}

function answerOf(found: Found): { readonly kept: CachedFile | undefined } | undefined {
  if (found === undefined || 'problem' in found) return undefined;
  return { kept: 'kept' in found ? found.kept : undefined };
}

async function fetchInto(hub: Hub, wanted: FileRequest, signal: AbortSignal): Promise<CachedFile | undefined> {
  const target = targetOf(wanted);
  try {
    await mkdir(dirname(target), { recursive: true });
    const got = await wanted.get(target, signal);
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
    // The record first: a file without one would have to be trusted, a record without a file is only a file to fetch.
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

/** Notes that the source has no such file, so that nobody asks again. */
export async function recordAbsent({ folder, name }: Pick<FileRequest, 'folder' | 'name'>): Promise<void> {
  const target = join(folder, name);
  await writeFileAtomic(recordPath(target), `${JSON.stringify({ format: 1, absent: true })}\n`);
}

async function find(wanted: FileRequest): Promise<Found> {
  const target = targetOf(wanted);
  const record = await readRecord(target);
  const there = (await stat(target).catch(() => undefined))?.isFile() === true;
  if (record === 'absent') return there ? await adopt(wanted, target) : { absent: true };
  if (!there) return undefined;
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
    return { problem: `it should have ${verdict.damage.expected}, it has ${verdict.damage.got}` };
  const current: CacheRecord = { ...record, ...verdict.files[wanted.name] };
  hashed.set(target, stamp(current));
  // A cache that was copied. One that may not be written to serves as well.
  if (verdict.retimed) await writeRecord(target, current).catch(() => {});
  if (wanted.sha256 !== undefined && !record.sha256.startsWith(wanted.sha256))
    return { problem: `SHA-256 ${wanted.sha256} is wanted, it has ${record.sha256}` };
  return { kept: { path: target, record: current } };
}

/** A file without a record was put there by its owner, for a machine without a network say. */
async function adopt(wanted: FileRequest, target: string): Promise<Found> {
  const file = await describeFile(target);
  if (wanted.sha256 !== undefined && !file.sha256.startsWith(wanted.sha256))
    return { problem: `SHA-256 ${wanted.sha256} is wanted, it has ${file.sha256}` };
  try {
    await wanted.check(target);
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    return { problem: error.message };
  }
  const record: CacheRecord = { ...file, source: target };
  hashed.set(target, stamp(record));
  await writeRecord(target, record).catch(() => {});
  return { kept: { path: target, record } };
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
  await writeFileAtomic(recordPath(target), `${JSON.stringify({ format: 1, ...record }, undefined, 2)}\n`);
}

async function readRecord(target: string): Promise<CacheRecord | 'absent' | 'damaged' | undefined> {
  let text: string;
  try {
    text = await readFile(recordPath(target), 'utf8');
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

function offline(why: string, wanted: FileRequest, found: Found): PodiumError {
  const damaged = found !== undefined && 'problem' in found ? `, which is damaged (${found.problem})` : '';
  return new PodiumError({
    code: 'weights-offline',
    path: { file: targetOf(wanted) },
    message: `weights would have to be downloaded to this file${damaged}, and ${why} forbids it`,
    fix: 'download once with it unset, copy the file there from another machine, or name a local file as the source',
  });
}
