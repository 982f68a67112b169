const NULL = 'null,';

/**
 * The images that a page shows. Each is stored once, under a number, in the order in which sections request them, which
 * is the order of importance.
 */
export class ImageBook {
  readonly #images: ReadonlyMap<string, string>;
  readonly #numbers = new Map<string, number>();

  constructor(images: Readonly<Record<string, string>> = {}) {
    this.#images = new Map(Object.entries(images));
  }

  /** The number of an image, or undefined if there is none with this key. */
  number(key: string | undefined): number | undefined {
    if (key === undefined || !this.#images.has(key)) return undefined;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  /** Number of requested images. */
  get size(): number {
    return this.#numbers.size;
  }

  /** The images that fit into `budget` bytes, in order; null for the others. */
  embed(budget: number): (string | null)[] {
    // Each takes at least its null and a comma.
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
