import type { CheckLimits, Entry } from '../checks/check.ts';
import { UnionFind } from '../folds/union-find.ts';
import { embeddingPairs } from './embedding-pairs.ts';
import { nearPairs } from './near-pairs.ts';
import { colorDistance, correlation, isGray } from './signature.ts';

/** Smallest correlation of averaged brightness: hashes alone can collide. */
const MIN_CORRELATION = 0.97;
/** Largest difference of averaged colors, of 255, unless one image is gray. */
const MAX_COLOR_DISTANCE = 12;

/** Feature vectors of images; similar images have near vectors. */
export interface Embeddings {
  readonly ids: readonly string[];
  /** `[ids.length, width]`, row by row. */
  readonly values: Float32Array;
  readonly width: number;
}

/** Sets of indices into the list of entries. */
export type EntrySets = readonly (readonly number[])[];

/** Entries that show the same image; computed on first use. */
export class Duplicates {
  readonly #entries: readonly Entry[];
  readonly #limits: CheckLimits;
  readonly #embeddings: Embeddings | undefined;
  #exact: EntrySets | undefined;
  #near: EntrySets | undefined;

  constructor(entries: readonly Entry[], limits: CheckLimits, embeddings?: Embeddings) {
    this.#entries = entries;
    this.#limits = limits;
    this.#embeddings = embeddings;
  }

  /** Sets of two or more entries with identical decoded pixels. */
  exact(): EntrySets {
    if (this.#exact !== undefined) return this.#exact;
    const byPixels = new Map<string, number[]>();
    for (const [i, { scan }] of this.#entries.entries()) {
      if (scan.pixels === undefined) continue;
      const set = byPixels.get(scan.pixels);
      if (set === undefined) byPixels.set(scan.pixels, [i]);
      else set.push(i);
    }
    this.#exact = [...byPixels.values()].filter((set) => set.length > 1);
    return this.#exact;
  }

  /** Sets of identical or nearly identical images, by their hashes and, if available, their embeddings. */
  near(): EntrySets {
    if (this.#near !== undefined) return this.#near;
    const sets = new UnionFind(this.#entries.length);
    const copies = new Set<number>();
    for (const [first, ...others] of this.exact()) {
      for (const other of others) {
        sets.union(first!, other);
        copies.add(other);
      }
    }
    // One copy represents all: a thousand black images would be half a million pairs.
    const places = this.#entries.flatMap((_, i) => (!copies.has(i) && this.#comparable(i) ? [i] : []));
    const signatures = places.map((i) => this.#entries[i]!.scan.signature!);
    nearPairs(signatures, this.#limits.nearBits, (a, b) => {
      const [x, y] = [signatures[a]!, signatures[b]!];
      if (looksSame(x, y)) sets.union(places[a]!, places[b]!);
    });
    this.#joinByEmbedding(sets);
    this.#near = sets.sets();
    return this.#near;
  }

  #comparable(i: number): boolean {
    const { width = 0, height = 0, signature } = this.#entries[i]!.scan;
    return signature !== undefined && Math.min(width, height) >= this.#limits.nearMinSide;
  }

  #joinByEmbedding(sets: UnionFind): void {
    if (this.#embeddings === undefined) return;
    const { ids, values, width } = this.#embeddings;
    const places = new Map<string, number[]>();
    for (const [i, { row }] of this.#entries.entries())
      places.set(row.id, [...(places.get(row.id) ?? []), i]);
    embeddingPairs(values, width, this.#limits.embeddingSimilarity, (a, b) => {
      // If training and test share an id, it is unclear which image the vector belongs to.
      const [x, y] = [places.get(ids[a]!), places.get(ids[b]!)];
      if (x?.length === 1 && y?.length === 1) sets.union(x[0]!, y[0]!);
    });
  }
}

function looksSame(a: Uint8Array, b: Uint8Array): boolean {
  if (correlation(a, b) < MIN_CORRELATION) return false;
  return isGray(a) !== isGray(b) || colorDistance(a, b) <= MAX_COLOR_DISTANCE;
}
