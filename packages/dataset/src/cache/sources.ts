import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hashBytes, hashFile, writeFileAtomic } from '@podium/core';
import { sourcePath } from '../decode/source-bytes.ts';
import type { ImageSource } from '../manifest/types.ts';

const NAME = 'sources.json';

/** Size and modification time of a file, and the hash that its bytes had then. */
type Known = readonly [size: string, modified: string, hash: string];

/**
 * The content hashes of image files. A cache that is addressed by content never shows a stale image and stores copies
 * once; but reading every file at every start to hash it would cost what the cache saves. So, as git's index does, it
 * remembers each file's size and modification time (in nanoseconds) and hashes again only what changed.
 */
export class SourceHashes {
  readonly #folder: string;
  readonly #known: Map<string, Known>;
  #changed = false;

  private constructor(folder: string, known: Map<string, Known>) {
    this.#folder = folder;
    this.#known = known;
  }

  /** What was remembered in a cache's folder; nothing where that cannot be read. */
  static async load(folder: string): Promise<SourceHashes> {
    try {
      const { hash, files } = JSON.parse(await readFile(join(folder, NAME), 'utf8')) as {
        hash: string;
        files: [string, Known][];
      };
      if (hash === hashBytes(JSON.stringify(files))) return new SourceHashes(folder, new Map(files));
    } catch {
      // Missing, or damaged: everything is hashed again.
    }
    return new SourceHashes(folder, new Map());
  }

  /** @throws PodiumError where the file cannot be read. */
  async hashOf(root: string, source: ImageSource): Promise<string> {
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
    await writeFileAtomic(join(this.#folder, NAME), JSON.stringify({ hash, files }));
    this.#changed = false;
  }
}
