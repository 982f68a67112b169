import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PodiumError } from '@podium/core';
import { decodeManifest, encodeManifest, type Manifest } from '../store/manifest.ts';
import type { Objects } from './objects.ts';

/** How often a damaged transfer is repeated. */
const TRIES = 3;
const WAIT_MS = 200;
/** Artifacts that nothing refers to are kept this long: a job may be about to refer to them. */
export const GRACE_MS = 86_400_000;

/** What a store of artifacts holds. */
export const FOLDERS = { objects: 'objects/', entries: 'entries/', leases: 'leases/' } as const;

/**
 * Results beyond one machine: files by the hash of their bytes, and the manifest of each entry by its key. Written once,
 * and checked when read.
 */
export interface ArtifactStore {
  /** For messages: a path, or `s3://bucket/prefix`. */
  readonly name: string;
  readonly objects: Objects;
  /** Stores a file under its hash. A file that already exists is not sent. */
  put(file: string, sha256: string): Promise<void>;
  /**
   * Writes the bytes with that hash to a new file; false if there are none.
   * @throws PodiumError `artifact-damaged` if the stored bytes have another hash
   */
  get(sha256: string, file: string): Promise<boolean>;
  /** Stores the manifest of an entry whose files are stored; false if the key has one: it stays. */
  putManifest(manifest: Manifest): Promise<boolean>;
  /**
   * The manifest of a key, if it is stored.
   * @throws PodiumError `artifact-damaged`
   */
  manifest(key: string): Promise<Manifest | undefined>;
}

/** A store of artifacts over a folder or a bucket. */
export function artifactStore(objects: Objects): ArtifactStore {
  return Object.freeze({
    name: objects.name,
    objects,
    put: async (file: string, sha256: string) => {
      const path = objectPath(sha256);
      const there = await objects.stat(path);
      // Garbage collection may be about to remove an old one; a new one stays for the grace period.
      if (there !== undefined && there.ageMs < GRACE_MS / 2) return;
      await objects.writeFile(path, file, sha256);
    },
    get: async (sha256: string, file: string) => {
      for (let attempt = 1; ; attempt++) {
        const stream = await objects.stream(objectPath(sha256));
        if (stream === undefined) return false;
        let failure: unknown;
        const found = await save(stream, file).catch((error: unknown) => {
          if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
          failure = error;
        });
        if (found === sha256) return true;
        if (attempt === TRIES) throw damaged(objects, objectPath(sha256), failure);
        await sleep(WAIT_MS * attempt);
      }
    },
    putManifest: (manifest: Manifest) =>
      objects.write(entryPath(manifest.key), Buffer.from(encodeManifest(manifest)), { ifAbsent: true }),
    manifest: async (key: string) => {
      const bytes = await objects.read(entryPath(key));
      if (bytes === undefined) return undefined;
      const manifest = decodeManifest(bytes.toString('utf8'), key);
      if (manifest === 'damaged') throw damaged(objects, entryPath(key));
      return manifest;
    },
  });
}

export function objectPath(sha256: string): string {
  return `${FOLDERS.objects}${sha256.slice(0, 2)}/${sha256}`;
}

export function entryPath(key: string): string {
  return `${FOLDERS.entries}${key}.json`;
}

/** Writes a stream to a file and returns the hash of its bytes. */
async function save(stream: AsyncIterable<Uint8Array>, file: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file, 'w', 0o644);
  try {
    for await (const bytes of stream) {
      hash.update(bytes);
      await handle.writeFile(bytes);
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

function damaged(objects: Objects, path: string, cause?: unknown): PodiumError {
  return new PodiumError(
    {
      code: 'artifact-damaged',
      path: { file: `${objects.name.replace(/\/$/, '')}/${path}` },
      message:
        cause instanceof Error
          ? `the artifact cannot be read: ${cause.message}`
          : 'the stored bytes are not those that were written',
      fix: 'delete it: it is then computed again when needed',
    },
    cause === undefined ? {} : { cause },
  );
}
