import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openFile, readText, removeFile, writeFileAtomic } from '@podium/core';

/** What is needed to resume a download. */
export interface PartRecord {
  /** A strong ETag, or Last-Modified: the server sends the rest only if its file is unchanged. */
  readonly validator?: string;
  /** Size of the whole file. */
  readonly total?: number;
  /** SHA-256 of the whole file, if the hub states it. */
  readonly sha256?: string;
}

/** The start of a file from an earlier attempt. */
export interface Part {
  readonly bytes: number;
  readonly record: PartRecord;
}

/** Path of the partial file: beside its target, with a name that cannot be mistaken for the file. */
export function partPath(target: string): string {
  return join(dirname(target), `.${basename(target)}.part`);
}

function recordPath(part: string): string {
  return `${part}.json`;
}

/** The partial file of an earlier attempt; undefined if there is nothing to resume. */
export async function readPart(part: string): Promise<Part | undefined> {
  const found = await stat(part).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size === 0) return undefined;
  const record = await readRecord(part);
  if (record === undefined || found.size > (record.total ?? Number.POSITIVE_INFINITY)) return undefined;
  return { bytes: found.size, record };
}

async function readRecord(part: string): Promise<PartRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readText(recordPath(part), { maxBytes: 100_000 }));
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

/** Starts a partial file. Its record is written before any of its bytes. */
export async function beginPart(part: string, record: PartRecord): Promise<void> {
  await writeFileAtomic(recordPath(part), `${JSON.stringify(record)}\n`);
}

export async function removePart(part: string): Promise<void> {
  // The bytes first: with a wrong record they would be dangerous.
  await removeFile(part);
  await removeFile(recordPath(part));
}

/** A SHA-256 hash updated with the bytes of a partial file. */
export async function hashPart(part: string): Promise<Hash> {
  const hash = createHash('sha256');
  const file = await openFile(part);
  for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash;
}
