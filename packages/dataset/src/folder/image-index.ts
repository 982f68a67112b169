import { posix } from 'node:path';
import { PodiumError, type ProblemPath } from '@podium/core';
import type { Split } from '../layouts/layout.ts';

const TRAIN = /^train/i;
const TEST = /^(test|eval)/i;

/** The image folder of each split, relative to the root; undefined: recognized by name. */
export interface ImageFolders {
  readonly train: string | undefined;
  readonly test: string | undefined;
}

/**
 * Finds the image of an id in a table. Ids may omit the extension or leading folders, or differ from the file in extension
 * or Unicode form. Ids are only compared with the listed files, so they cannot lead out of the folder.
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
    // A folder for only one split does not reveal where the other split's images are.
    const hasBoth = guesses.includes('train') && guesses.includes('test');
    this.#splits = guesses.map((guess) => (hasBoth ? guess : undefined));
    this.#used = new Uint8Array(images.length);
    for (const [index, path] of images.entries()) {
      const name = posix.basename(path).normalize('NFC');
      push(this.#byName, name, index);
      push(this.#byStem, stem(name), index);
    }
  }

  /**
   * The path of an id's image, or undefined if there is none.
   * @param peek do not mark the image as listed
   * @throws PodiumError `layout-unsafe-path` for an id that leads out of the folder, `layout-ambiguous-image` if several
   * files match
   */
  find(id: string, split: Split, where: ProblemPath, peek: boolean = false): string | undefined {
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
      if (!peek) this.#used[index] = 1;
      return this.#images[index]!;
    }
    return undefined;
  }

  /** Images in a split's folder, for test sets without a table. */
  inFolder(split: Split): string[] {
    const folder = this.#folders[split];
    return this.#images.filter((path, index) => {
      const isInside = folder === undefined ? splitByName(path) === split : path.startsWith(`${folder}/`);
      if (isInside) this.#used[index] = 1;
      return isInside;
    });
  }

  /** Images that were not found for any id. */
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

  /** Prefers a file whose whole path, below the split's folder or the root, is the id. */
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
      message: `${paths.length} images match ${JSON.stringify(id)}`,
      path: where,
      got: `${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ', ...' : ''}`,
      fix: "set the layout's option images to the right folder, or include the folder in the id",
    });
  }
}

/** The split of an image by the names of its folders: `train_images`, `test`, `eval`. */
function splitByName(path: string): Split | undefined {
  for (const part of path.split('/').slice(0, -1)) {
    if (TRAIN.test(part)) return 'train';
    if (TEST.test(part)) return 'test';
  }
  return undefined;
}

/**
 * A path from a table or a setting, with `/`, in NFC and without `./`.
 * @throws PodiumError `layout-unsafe-path` if it is absolute or contains `..`
 */
export function safePath(path: string, where: ProblemPath): string {
  const normalized = path.trim().replaceAll('\\', '/').normalize('NFC');
  const parts = normalized.split('/').filter((part) => part !== '.' && part !== '');
  const isAbsolute = normalized.startsWith('/') || /^[a-z]:/i.test(normalized);
  if (!isAbsolute && !parts.includes('..') && !normalized.includes('\0')) return parts.join('/');
  throw new PodiumError({
    code: 'layout-unsafe-path',
    message: 'this path may lead out of the competition folder',
    path: where,
    expected: 'a relative path inside the folder, without ".."',
    got: JSON.stringify(path),
    fix: 'correct or drop the row; do not use tables from sources you do not trust',
  });
}

function comparable(path: string, withoutExtension: boolean): string {
  const normalized = path.normalize('NFC');
  return withoutExtension ? stem(normalized) : normalized;
}

/** A name without its image extension; other dots stay. */
export function stem(name: string): string {
  return name.replace(/\.[a-z]{3,4}$/i, '');
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
