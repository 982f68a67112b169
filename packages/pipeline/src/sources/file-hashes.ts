import type { BigIntStats } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileError, hashBytes, hashFile, PodiumError, writeFileAtomic } from '@podium/core';
import { fileSystemTime } from '../store/clock.ts';

/** Up to here a file is read at once, which is quicker than a stream. */
const SMALL = 4n << 20n;
/** File systems' clocks are this coarse at worst (FAT). */
const COARSEST_NS = 2_000_000_000n;
const MOST_ENTRIES = 500_000;

interface Remembered {
  readonly stamp: string;
  readonly sha256: string;
}

/**
 * Hashes of files that were hashed before, so that thousands of photographs need not be read at every start. A file
 * counts as unchanged while its path, size, times of modification and of change, and inode are. The time of change
 * cannot be set by hand, so a file swapped for one of the same size and date is noticed. A file that changed in the
 * last two seconds is not remembered: it could change again within one tick of the clock.
 */
export class FileHashes {
  readonly #file: string | undefined;
  #known: Promise<Map<string, Remembered>> | undefined;
  readonly #fresh = new Map<string, Remembered>();
  #now: Promise<bigint> | undefined;

  /** `file` is where the hashes are kept between runs; without it they are not. */
  constructor(file?: string) {
    this.#file = file;
  }

  /**
   * SHA-256 and size of a file. With `distrust` it is read whatever is remembered of it.
   * @throws PodiumError `file-not-found`, `file-not-readable`, `file-is-folder`, `source-changing`.
   */
  async hash(path: string, distrust = false): Promise<{ readonly size: number; readonly sha256: string }> {
    const file = resolve(path);
    const before = await statOf(file, path);
    const stamp = stampOf(before);
    const known = this.#fresh.get(file) ?? (await this.#load()).get(file);
    const size = Number(before.size);
    if (!distrust && known?.stamp === stamp) return { size, sha256: known.sha256 };
    this.#now ??= this.#clock();
    const now = await this.#now;
    const sha256 = before.size <= SMALL ? hashBytes(await bytesOf(file, path)) : await hashFile(file);
    if (stampOf(await statOf(file, path)) !== stamp) throw changing(path);
    const youngest = before.mtimeNs > before.ctimeNs ? before.mtimeNs : before.ctimeNs;
    if (youngest < now - COARSEST_NS) this.#fresh.set(file, { stamp, sha256 });
    return { size, sha256 };
  }

  /** Keeps what was hashed for the next run. A store that cannot be written to only makes that run slower. */
  async save(): Promise<void> {
    if (this.#file === undefined || this.#fresh.size === 0) return;
    // Another process may have saved meanwhile.
    const all = new Map([...(await read(this.#file)), ...this.#fresh]);
    const entries = [...(all.size > MOST_ENTRIES ? this.#fresh : all)];
    const body = JSON.stringify(entries.map(([path, { stamp, sha256 }]) => [path, stamp, sha256]));
    await mkdir(dirname(this.#file), { recursive: true })
      .then(() => writeFileAtomic(this.#file!, `${hashBytes(body)}\n${body}`))
      .catch(() => {});
  }

  #load(): Promise<Map<string, Remembered>> {
    this.#known ??= read(this.#file);
    return this.#known;
  }

  /** 0 where nothing is kept: then nothing is remembered either. */
  async #clock(): Promise<bigint> {
    if (this.#file === undefined) return 0n;
    await mkdir(dirname(this.#file), { recursive: true }).catch(() => {});
    return (await fileSystemTime(dirname(this.#file))) ?? 0n;
  }
}

/** A damaged file is as good as none: wrong hashes would be worse than slow ones. */
async function read(file: string | undefined): Promise<Map<string, Remembered>> {
  try {
    if (file === undefined) return new Map();
    const text = await readFile(file, 'utf8');
    const body = text.slice(65);
    if (text.slice(0, 64) !== hashBytes(body)) return new Map();
    const entries = JSON.parse(body) as [string, string, string][];
    return new Map(entries.map(([path, stamp, sha256]) => [path, { stamp, sha256 }]));
  } catch {
    return new Map();
  }
}

async function statOf(file: string, asWritten: string): Promise<BigIntStats> {
  try {
    return await stat(file, { bigint: true });
  } catch (error) {
    throw fileError(error, asWritten, 'read');
  }
}

async function bytesOf(file: string, asWritten: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw fileError(error, asWritten, 'read');
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
    fix: 'wait until whatever writes it has finished, then start again',
  });
}
