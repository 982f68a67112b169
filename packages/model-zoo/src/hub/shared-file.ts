import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { openFile } from '@podium/core';
import type { FileRequest } from './cached-file.ts';
import type { Hub } from './open-hub.ts';
import { partPath, removePart } from './part.ts';

const SHA256 = /^[0-9a-f]{64}$/;

/** Whether a cache that others may write to has a file that could be taken from it: one whose checksum is known. */
export async function isShared(hub: Hub, wanted: FileRequest): Promise<boolean> {
  const path = sharedPath(hub, wanted);
  return path !== undefined && (await stat(path).catch(() => undefined))?.isFile() === true;
}

/**
 * Copies a file from a cache that others may write to, if its bytes are the wanted ones. The copy is checked, not the
 * original, which may change at any time.
 */
export async function copyShared(
  hub: Hub,
  wanted: FileRequest,
  target: string,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<FileRequest['get']>>> {
  const from = sharedPath(hub, wanted);
  const source = from === undefined ? undefined : await openFile(from).catch(() => undefined);
  if (from === undefined || source === undefined) return undefined;
  const path = partPath(target);
  await removePart(path);
  const copy = await open(path, 'wx', 0o644);
  const hash = createHash('sha256');
  try {
    for await (const chunk of source.createReadStream({ highWaterMark: 1 << 20, signal })) {
      hash.update(chunk as Buffer);
      await copy.write(chunk as Buffer);
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  const sha256 = hash.digest('hex');
  if (sha256 === wanted.sha256) return { path, sha256, source: from };
  await removePart(path);
  return undefined;
}

/** A checksum of a few digits can be met on purpose. */
function sharedPath(
  { sharedFolder, cacheFolder }: Hub,
  { folder, name, sha256 = '' }: FileRequest,
): string | undefined {
  if (sharedFolder === undefined || !SHA256.test(sha256)) return undefined;
  return join(sharedFolder, relative(cacheFolder, folder), name);
}
