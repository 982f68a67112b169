import type { CheckLimits, Entry } from '../checks/check.ts';
import { UnionFind } from '../folds/union-find.ts';
import { embeddingPairs } from './embedding-pairs.ts';
import { nearPairs } from './near-pairs.ts';
import { colorDistance, correlation, isGray } from './signature.ts';

/** Images with near hashes are the same where their averaged brightness agrees that well: hashes alone can collide. */
const LEAST_CORRELATION = 0.97;
/** And where, unless one is gray, the averaged colors differ by no more than that, of 255. */
const MOST_COLOR = 12;

/** Vectors that a model makes of the images: near ones show the same. */
export interface Embeddings {
  readonly ids: readonly string[];
  /** `[ids.length, width]`, row by row. */
  readonly values: Float32Array;
  readonly width: number;
}

/** Sets of places in the list of entries. */
export type EntrySets = readonly (readonly number[])[];

/** Which entries show the same image; each kind is found on first use. */
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

  /** Entries whose decoded pixels are the same, two or more a set. */
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

  /** The same, with images that nearly look the same, by their hashes and, where there are any, their embeddings. */
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
    // One of each set of copies stands for all: a thousand black images would be half a million pairs.
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
    return signature !== undefined && Math.min(width, height) >= this.#limits.nearLeastSide;
  }

  #joinByEmbedding(sets: UnionFind): void {
    if (this.#embeddings === undefined) return;
    const { ids, values, width } = this.#embeddings;
    const places = new Map<string, number[]>();
    for (const [i, { row }] of this.#entries.entries())
      places.set(row.id, [...(places.get(row.id) ?? []), i]);
    embeddingPairs(values, width, this.#limits.embeddingSimilarity, (a, b) => {
      // Where training and test share an id, it is not known whose vector this is.
      const [x, y] = [places.get(ids[a]!), places.get(ids[b]!)];
      if (x?.length === 1 && y?.length === 1) sets.union(x[0]!, y[0]!);
    });
  }
}

function looksSame(a: Uint8Array, b: Uint8Array): boolean {
  if (correlation(a, b) < LEAST_CORRELATION) return false;
  return isGray(a) !== isGray(b) || colorDistance(a, b) <= MOST_COLOR;
}
