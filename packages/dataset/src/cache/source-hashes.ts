import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hashBytes, hashFile, hashValue, readText, writeFileAtomic } from '@podium/core';
import { sourcePath } from '../decode/read-source.ts';
import type { ImageSource } from '../manifest/types.ts';

const NAME = 'sources.json';
/** A million images with long paths. */
const MAX_BYTES = 2 ** 28;

/** Size and modification time of a file, and its hash at that time. */
type Known = readonly [size: string, modified: string, hash: string];

/**
 * The content hashes of image files. A content-addressed cache never shows stale images and stores copies once, but hashing
 * every file at every start would cost what the cache saves. So, like git's index, this remembers each file's size and
 * modification time (in nanoseconds), and hashes only changed files again.
 */
export class SourceHashes {
  readonly #folder: string;
  readonly #known: Map<string, Known>;
  #changed = false;

  private constructor(folder: string, known: Map<string, Known>) {
    this.#folder = folder;
    this.#known = known;
  }

  /** Loads the hashes saved in a cache's folder; none if they cannot be read. */
  static async load(folder: string): Promise<SourceHashes> {
    try {
      const { hash, files } = JSON.parse(
        await readText(join(folder, NAME), { root: folder, maxBytes: MAX_BYTES }),
      ) as {
        hash: string;
        files: [string, Known][];
      };
      if (hash === hashBytes(JSON.stringify(files))) return new SourceHashes(folder, new Map(files));
    } catch {
      // Missing or damaged: all files are hashed again.
    }
    return new SourceHashes(folder, new Map());
  }

  /**
   * The hash of what an image shows: of its file, and of how it is decoded if its row says so.
   * @throws PodiumError if the file cannot be read
   */
  async hashOf(root: string, source: ImageSource): Promise<string> {
    const hash = await this.#fileHash(root, source);
    if (source.kind !== 'file' || (source.range === undefined && !source.damaged)) return hash;
    return hashValue({ hash, range: source.range ?? null, damaged: source.damaged === true });
  }

  async #fileHash(root: string, source: ImageSource): Promise<string> {
    const path = sourcePath(root, source);
    const { size, mtimeNs } = await stat(path, { bigint: true }).catch((error: unknown) => {
      throw fileError(error, source.path, 'read');
    });
    const known = this.#known.get(path);
    if (known !== undefined && known[0] === String(size) && known[1] === String(mtimeNs)) return known[2];
    const hash = await hashFile(path);
    this.#known.set(path, [String(size), String(mtimeNs), hash]);
    this.#changed = true;
    return hash;
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    const files = [...this.#known].sort(([a], [b]) => (a < b ? -1 : 1));
    const hash = hashBytes(JSON.stringify(files));
    await writeFileAtomic(join(this.#folder, NAME), JSON.stringify({ hash, files }), { root: this.#folder });
    this.#changed = false;
  }
}
