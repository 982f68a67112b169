const NULL = 'null,';

/**
 * The images that a page shows: each is stored once, under a number, in the order in which they were asked for, which
 * is the order of their importance.
 */
export class ImageBook {
  readonly #images: ReadonlyMap<string, string>;
  readonly #numbers = new Map<string, number>();

  constructor(images: Readonly<Record<string, string>> = {}) {
    this.#images = new Map(Object.entries(images));
  }

  /** The number of an image, or undefined where there is none by this key. */
  number(key: string | undefined): number | undefined {
    if (key === undefined || !this.#images.has(key)) return undefined;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  /** Images that were asked for. */
  get size(): number {
    return this.#numbers.size;
  }

  /** The images that fit into `budget` bytes, the first asked for first; null for the others. */
  embed(budget: number): (string | null)[] {
    // Each has at least its null and a comma.
    let left = budget - NULL.length * this.#numbers.size;
    return [...this.#numbers.keys()].map((key) => {
      const uri = this.#images.get(key)!;
      const cost = uri.length + '"",'.length - NULL.length;
      if (cost > left) return null;
      left -= cost;
      return uri;
    });
  }
}
