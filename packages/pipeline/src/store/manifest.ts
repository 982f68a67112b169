import { join } from 'node:path';
import { canonicalText, hashValue, PodiumError, readText } from '@podium/core';
import { z } from 'zod';
import type { KeyParts } from '../graph/keys.ts';
import { systemCode } from './failure.ts';
import { MANIFEST } from './layout.ts';

/** A million files with long names. */
const MAX_BYTES = 2 ** 28;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const identity = z.union([z.strictObject({ sha256 }), z.strictObject({ key: sha256, output: z.string() })]);

/** A relative path with forward slashes that cannot leave its folder: a store is untrusted input. */
const relativePath = z
  .string()
  .refine((path) =>
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\\')),
  );

const schema = z.strictObject({
  format: z.literal(1),
  key: sha256,
  /** Name of the instance that made it: for people, and to find the entry to compare with. */
  instance: z.string(),
  stage: z.string(),
  version: z.string(),
  engine: z.string(),
  settings: z.json(),
  seed: z.union([z.string(), z.number()]).optional(),
  inputs: z.record(z.string(), z.array(identity)),
  outputs: z.record(
    z.string(),
    z.strictObject({ kind: z.enum(['file', 'folder']), type: z.string(), path: relativePath, sha256 }),
  ),
  /** Sorted by path. */
  files: z.array(
    z.strictObject({ path: relativePath, size: z.int().min(0), sha256, modifiedMs: z.number() }),
  ),
  /** The attempt that made it, and how long it took. */
  attempt: z.string(),
  durationMs: z.number(),
});

/** What a store knows about an entry. */
export interface Manifest extends KeyParts {
  readonly format: 1;
  readonly key: string;
  readonly instance: string;
  readonly outputs: Readonly<Record<string, StoredOutput>>;
  readonly files: readonly StoredFile[];
  readonly attempt: string;
  readonly durationMs: number;
}

export interface StoredOutput {
  readonly kind: 'file' | 'folder';
  readonly type: string;
  /** Relative to the entry's outputs. */
  readonly path: string;
  /** Hash of the file's bytes, or of the paths and hashes of a folder's files, as for sources. */
  readonly sha256: string;
}

export interface StoredFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** Modification time by its disk's clock; only ever compared with itself. */
  readonly modifiedMs: number;
}

/** A manifest as text, with a checksum. */
export function encodeManifest(manifest: Manifest): string {
  return `${JSON.stringify({ checksum: hashValue(manifest), manifest: JSON.parse(canonicalText(manifest)) }, null, 1)}\n`;
}

/**
 * The manifest in an entry's folder; undefined if there is none, `'damaged'` if it was changed.
 * @param root the folder below which no link is followed
 * @throws PodiumError `link-refused`
 */
export async function readManifest(
  entry: string,
  key: string,
  root: string = entry,
): Promise<Manifest | 'damaged' | undefined> {
  let text: string;
  try {
    text = await readText(join(entry, MANIFEST), { root, maxBytes: MAX_BYTES });
  } catch (error) {
    if (error instanceof PodiumError && error.code === 'link-refused') throw error;
    return systemCode(error) === 'ENOENT' ? undefined : 'damaged';
  }
  return decodeManifest(text, key);
}

/** A manifest from its text; `'damaged'` if it was changed, or is that of another key. */
export function decodeManifest(text: string, key: string): Manifest | 'damaged' {
  try {
    const { checksum, manifest } = JSON.parse(text) as { checksum: unknown; manifest: unknown };
    const checked = schema.parse(manifest) as Manifest;
    return checksum === hashValue(checked) && checked.key === key ? checked : 'damaged';
  } catch {
    return 'damaged';
  }
}
