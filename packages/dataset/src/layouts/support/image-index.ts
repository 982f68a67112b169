import { posix } from 'node:path';
import { PodiumError, type ProblemPath } from '@podium/core';
import type { Split } from './types.ts';

const TRAIN = /^train/i;
const TEST = /^(test|eval)/i;

/** Folders that the images of each split lie in, relative to the root; undefined: found by their names. */
export interface ImageFolders {
  readonly train: string | undefined;
  readonly test: string | undefined;
}

/**
 * Finds the image of an id as tables write it: with or without extension, with or without the folders before it, with
 * another extension or the other Unicode form than the file has. Ids never lead out of the folder, since they are only
 * compared with the files that were listed in it.
 */
export class ImageIndex {
  readonly #images: readonly string[];
  readonly #folders: ImageFolders;
  readonly #byName = new Map<string, number[]>();
  readonly #byStem = new Map<string, number[]>();
  readonly #splits: readonly (Split | undefined)[];
  readonly #used: Uint8Array;

  constructor(images: readonly string[], folders: ImageFolders) {
    this.#images = images;
    this.#folders = folders;
    const guesses = images.map(splitByName);
    // One split's folder alone says nothing of where the other's images lie.
    const both = guesses.includes('train') && guesses.includes('test');
    this.#splits = guesses.map((guess) => (both ? guess : undefined));
    this.#used = new Uint8Array(images.length);
    for (const [index, path] of images.entries()) {
      const name = posix.basename(path).normalize('NFC');
      push(this.#byName, name, index);
      push(this.#byStem, stem(name), index);
    }
  }

  /**
   * The path of an id's image, or undefined where there is none.
   * @throws PodiumError `layout-unsafe-path` for an id that tries to leave the folder, `layout-ambiguous-image` where
   * several files fit.
   * @param look only looks; otherwise the image counts as listed.
   */
  find(id: string, split: Split, where: ProblemPath, look: boolean = false): string | undefined {
    const wanted = safePath(id, where);
    if (wanted === '') return undefined;
    const name = posix.basename(wanted);
    const tries: [Map<string, number[]>, string, boolean][] = [
      [this.#byName, name, false],
      [this.#byStem, name, true],
      [this.#byStem, stem(name), true],
    ];
    for (const [map, key, withoutExtension] of tries) {
      const tail = withoutExtension ? `${wanted.slice(0, wanted.length - name.length)}${key}` : wanted;
      const found = (map.get(key) ?? []).filter((index) => this.#fits(index, split, tail, withoutExtension));
      if (found.length === 0) continue;
      const best = this.#nearest(found, tail, withoutExtension);
      if (best.length > 1) this.#ambiguous(id, best, where);
      const index = best[0]!;
      if (!look) this.#used[index] = 1;
      return this.#images[index]!;
    }
    return undefined;
  }

  /** Images of a split's folder, for competitions whose test set has no table. */
  inFolder(split: Split): string[] {
    const folder = this.#folders[split];
    return this.#images.filter((path, index) => {
      const inside = folder === undefined ? splitByName(path) === split : path.startsWith(`${folder}/`);
      if (inside) this.#used[index] = 1;
      return inside;
    });
  }

  unlisted(): string[] {
    return this.#images.filter((_, index) => this.#used[index] === 0);
  }

  #fits(index: number, split: Split, tail: string, withoutExtension: boolean): boolean {
    const path = this.#images[index]!;
    const folder = this.#folders[split];
    if (folder !== undefined && !path.startsWith(`${folder}/`)) return false;
    if (folder === undefined && this.#splits[index] !== undefined && this.#splits[index] !== split)
      return false;
    const full = comparable(path, withoutExtension);
    return full === tail || full.endsWith(`/${tail}`);
  }

  /** A file whose whole path is the id, below the split's folder or the root, is meant before deeper ones. */
  #nearest(found: readonly number[], tail: string, withoutExtension: boolean): readonly number[] {
    if (found.length === 1) return found;
    const exact = found.filter((index) => {
      const full = comparable(this.#images[index]!, withoutExtension);
      return [this.#folders.train, this.#folders.test, undefined].some(
        (folder) => full === (folder === undefined ? tail : `${folder}/${tail}`),
      );
    });
    return exact.length > 0 ? exact : found;
  }

  #ambiguous(id: string, found: readonly number[], where: ProblemPath): never {
    const paths = found.map((index) => this.#images[index]);
    throw new PodiumError({
      code: 'layout-ambiguous-image',
      message: `${paths.length} images could be the one of ${JSON.stringify(id)}`,
      path: where,
      got: `${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ', ...' : ''}`,
      fix: "set the layout's images to the folder that is meant, or write the folder into the id",
    });
  }
}

/** The split whose name a folder on the way to the file begins with: `train_images`, `test`, `eval`. */
function splitByName(path: string): Split | undefined {
  for (const part of path.split('/').slice(0, -1)) {
    if (TRAIN.test(part)) return 'train';
    if (TEST.test(part)) return 'test';
  }
  return undefined;
}

/**
 * A path as a table writes it, with `/`, NFC, and without leading `./`.
 * @throws PodiumError `layout-unsafe-path` where it is absolute or has `..`.
 */
export function safePath(path: string, where: ProblemPath): string {
  const even = path.trim().replaceAll('\\', '/').normalize('NFC');
  const parts = even.split('/').filter((part) => part !== '.' && part !== '');
  const absolute = even.startsWith('/') || /^[a-z]:/i.test(even);
  if (!absolute && !parts.includes('..') && !even.includes('\0')) return parts.join('/');
  throw new PodiumError({
    code: 'layout-unsafe-path',
    message: 'this path leads, or may lead, out of the competition folder',
    path: where,
    expected: 'a path below the folder, without ".." and not absolute',
    got: JSON.stringify(path),
    fix: 'correct the row, or drop it; do not use a table that you do not trust',
  });
}

function comparable(path: string, withoutExtension: boolean): string {
  const even = path.normalize('NFC');
  return withoutExtension ? stem(even) : even;
}

/** Without the extension of an image; the dots of other names are theirs. */
export function stem(name: string): string {
  return name.replace(/\.[a-z]{3,4}$/i, '');
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
