import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '@podium/core';

/** What has to be known to go on with a download that was cut. */
export interface PartRecord {
  /** A strong ETag, or a Last-Modified: the server sends the rest only if its file is still this one. */
  readonly validator?: string;
  /** Size of the whole file. */
  readonly total?: number;
  /** SHA-256 of the whole file, as the hub states it. */
  readonly sha256?: string;
}

/** The beginning of a file that an earlier attempt brought. */
export interface Part {
  readonly bytes: number;
  readonly record: PartRecord;
}

/** Where the beginning of a file is kept: beside its future place, under a name that nobody takes for the file's. */
export function partPath(target: string): string {
  return join(dirname(target), `.${basename(target)}.part`);
}

function recordPath(part: string): string {
  return `${part}.json`;
}

/** What an earlier attempt left; undefined where there is nothing that could be continued. */
export async function readPart(part: string): Promise<Part | undefined> {
  const found = await stat(part).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size === 0) return undefined;
  const record = await readRecord(part);
  if (record === undefined || found.size > (record.total ?? Number.POSITIVE_INFINITY)) return undefined;
  return { bytes: found.size, record };
}

async function readRecord(part: string): Promise<PartRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(recordPath(part), 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { validator, total, sha256 } = value as Record<string, unknown>;
    return {
      ...(typeof validator === 'string' && /^[\x20-\x7e]+$/.test(validator) ? { validator } : {}),
      ...(Number.isSafeInteger(total) ? { total: total as number } : {}),
      ...(typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}),
    };
  } catch {
    return undefined;
  }
}

/** Begins a part, where none is: its record is there before any byte that it is about. */
export async function beginPart(part: string, record: PartRecord): Promise<void> {
  await writeFileAtomic(recordPath(part), `${JSON.stringify(record)}\n`);
}

export async function removePart(part: string): Promise<void> {
  // The bytes first: without their record they are worth nothing, with another one they would be a trap.
  await rm(part, { force: true });
  await rm(recordPath(part), { force: true });
}

/** A SHA-256 that has seen the bytes of a part. */
export async function hashPart(part: string): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash;
}
