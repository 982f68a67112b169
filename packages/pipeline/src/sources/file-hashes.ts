import { type BigIntStats, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  fileError,
  hashBytes,
  hashFile,
  PodiumError,
  readBytes,
  readText,
  writeFileAtomic,
} from '@podium/core';
import { fileSystemTime } from '../store/clock.ts';
import { OWN } from '../store/layout.ts';

/** Files up to this size are read whole, which is faster than streaming. */
const SMALL_BYTES = 4n << 20n;
/** The coarsest clock of a common file system (FAT). */
const CLOCK_TICK_NS = 2_000_000_000n;
const MAX_ENTRIES = 500_000;
const MAX_BYTES = 2 ** 28;
/** Files that are looked at before anything else gets a turn. */
const LOOKS_PER_TURN = 512;

export interface FileHash {
  readonly size: number;
  readonly sha256: string;
}

type CachedHash = readonly [path: string, stamp: string, sha256: string];

/**
 * A cache of file hashes, so that thousands of images are not read at every start. A file counts as unchanged if its
 * path, size, modification time, change time and inode are the same. The change time cannot be set by hand, so
 * replacing a file by another one of the same size and date is noticed. A file that changed in the last two seconds is
 * not cached: it could change again within one tick of the clock.
 */
export class FileHashes {
  readonly #file: string | undefined;
  readonly #root: string | undefined;
  #known: Promise<Map<string, CachedHash>> | undefined;
  readonly #fresh = new Map<string, CachedHash>();
  #now: Promise<bigint> | undefined;
  #isSaved = true;

  /**
   * @param file keeps the hashes between runs; without it nothing is cached
   * @param root no link below it is followed to the file. Default: the file's folder
   */
  constructor(file?: string, root?: string) {
    this.#file = file;
    this.#root = root;
  }

  /**
   * SHA-256 and size of a file; `rehash` reads it even if a hash is cached.
   * @throws PodiumError `file-not-found`, `file-not-readable`, `file-is-folder`, `source-changing`
   */
  async hash(path: string, rehash = false): Promise<FileHash> {
    const file = resolve(path);
    const before = statOf(file, path);
    const stamp = stampOf(before);
    const size = Number(before.size);
    const [, known, hash] = this.#fresh.get(file) ?? (await this.#load()).get(file) ?? [];
    if (!rehash && known === stamp) return { size, sha256: hash! };
    this.#now ??= this.#clock();
    const now = await this.#now;
    const sha256 =
      before.size <= SMALL_BYTES ? hashBytes(await readBytes(file, { name: path })) : await hashFile(file);
    if (stampOf(statOf(file, path)) !== stamp) throw changing(path);
    const youngest = before.mtimeNs > before.ctimeNs ? before.mtimeNs : before.ctimeNs;
    if (youngest < now - CLOCK_TICK_NS) {
      this.#fresh.set(file, [file, stamp, sha256]);
      this.#isSaved = false;
    }
    return { size, sha256 };
  }

  /**
   * The files below a folder whose hashes are cached and that have not changed: the same as {@link hash}, without a promise
   * for each.
   */
  async unchanged(folder: string, files: readonly string[]): Promise<Map<string, FileHash>> {
    const cached = await this.#load();
    const found = new Map<string, FileHash>();
    const root = resolve(folder);
    for (const [i, below] of files.entries()) {
      if (i % LOOKS_PER_TURN === 0) await setImmediate();
      const file = join(root, below);
      const [, known, sha256] = this.#fresh.get(file) ?? cached.get(file) ?? [];
      if (known === undefined) continue;
      const now = statIfAny(file);
      if (now !== undefined && stampOf(now) === known)
        found.set(below, { size: Number(now.size), sha256: sha256! });
    }
    return found;
  }

  /** Saves new hashes for the next run. Never fails: without them the next run is only slower. */
  async save(): Promise<void> {
    if (this.#file === undefined || this.#isSaved) return;
    this.#isSaved = true;
    // Another process may have saved meanwhile.
    const all = new Map([...(await read(this.#file, this.#root)), ...this.#fresh]);
    const body = JSON.stringify([...(all.size > MAX_ENTRIES ? this.#fresh : all).values()]);
    const root = this.#root ?? dirname(this.#file);
    await mkdir(root, { recursive: true })
      .then(() => writeFileAtomic(this.#file!, `${hashBytes(body)}\n${body}`, { root, ...OWN }))
      .catch(() => {});
  }

  #load(): Promise<Map<string, CachedHash>> {
    this.#known ??= read(this.#file, this.#root);
    return this.#known;
  }

  /** Time of the disk's clock; 0 without a file, so that nothing counts as old enough to be cached. */
  async #clock(): Promise<bigint> {
    if (this.#file === undefined) return 0n;
    const root = this.#root ?? dirname(this.#file);
    await mkdir(root, { recursive: true }).catch(() => {});
    return (await fileSystemTime(dirname(this.#file), root)) ?? 0n;
  }
}

/** Ignores a damaged file: wrong hashes would be worse than missing ones. */
async function read(file: string | undefined, root: string | undefined): Promise<Map<string, CachedHash>> {
  try {
    if (file === undefined) return new Map();
    const text = await readText(file, { root: root ?? dirname(file), maxBytes: MAX_BYTES });
    const body = text.slice(65);
    if (text.slice(0, 64) !== hashBytes(body)) return new Map();
    const entries = new Map<string, CachedHash>();
    for (const entry of JSON.parse(body) as CachedHash[]) entries.set(entry[0], entry);
    return entries;
  } catch {
    return new Map();
  }
}

/** Synchronous: of a hundred thousand files that takes 0.3 s, and through the thread pool four times as long. */
function statOf(file: string, asWritten: string): BigIntStats {
  try {
    return statSync(file, { bigint: true });
  } catch (error) {
    throw fileError(error, asWritten, 'read');
  }
}

/** What is wrong with a file is told when it is read. */
function statIfAny(file: string): BigIntStats | undefined {
  try {
    return statSync(file, { bigint: true });
  } catch {
    return undefined;
  }
}

function stampOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `${size}:${mtimeNs}:${ctimeNs}:${ino}`;
}

function changing(path: string): PodiumError {
  return new PodiumError({
    code: 'source-changing',
    path: { file: path },
    message: 'the file changed while it was being read',
    fix: 'wait until it is written completely, then start again',
  });
}
