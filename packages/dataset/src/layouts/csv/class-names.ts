import { compareCodeUnits } from '@podium/core';
import type { Notes } from '../notes.ts';

const WHOLE = /^-?(0|[1-9]\d*)(\.0*)?$/;

/**
 * The class that a text of a table means. Texts that differ in Unicode form, or in a `.0` where all of them are whole numbers,
 * mean the same class.
 */
export class ClassNames {
  /** Different texts of the same class. */
  readonly groups: readonly (readonly string[])[];
  readonly #byKey = new Map<string, string>();
  readonly #areWhole: boolean;

  /**
   * A class has the name that the settings or the sample submission use for it, or else the most frequent text. Whole numbers
   * are plain (`1`) if some of them are, in the table or in the sample.
   * @param texts of all cells, with their numbers
   * @param classes of the settings
   * @param sampled texts of the sample submission
   */
  constructor(
    texts: ReadonlyMap<string, number>,
    classes: readonly string[] | undefined,
    sampled: readonly string[],
  ) {
    this.#areWhole = texts.size > 0 && [...texts.keys()].every((text) => WHOLE.test(text));
    const groups = new Map<string, string[]>();
    for (const text of texts.keys()) {
      const key = this.#key(text);
      groups.set(key, [...(groups.get(key) ?? []), text]);
    }
    const given = new Map((classes ?? []).map((text) => [this.#key(text), text]));
    const known = new Map(sampled.map((text) => [this.#key(text), text]));
    const numbers = sampled.filter((text) => WHOLE.test(text));
    // Programs write "1.0" for whole numbers if another cell of the column is empty.
    const arePlain =
      this.#areWhole && ([...texts.keys()].some(isPlain) || (numbers.length > 0 && numbers.every(isPlain)));
    for (const [key, group] of groups) {
      const [most] = group.toSorted((a, b) => texts.get(b)! - texts.get(a)! || compareCodeUnits(a, b));
      this.#byKey.set(key, given.get(key) ?? (arePlain ? key : (known.get(key) ?? most!)));
    }
    this.groups = [...groups.values()].filter((group) => group.length > 1);
  }

  of(text: string): string {
    return this.#byKey.get(this.#key(text)) ?? text;
  }

  all(): string[] {
    return [...this.#byKey.values()];
  }

  /** Takes down texts that mean the same class, and classes that nearly do. */
  describe(table: string, notes: Notes): void {
    for (const group of this.groups) {
      const shown = group.map((text) => JSON.stringify(text)).join(' and ');
      notes.decide('labels', this.of(group[0]!), `${table} writes this class as ${shown}`);
    }
    const similar = new Map<string, string[]>();
    for (const name of this.#byKey.values()) {
      const key = name.toLowerCase().replaceAll(/\s+/g, ' ');
      similar.set(key, [...(similar.get(key) ?? []), name]);
    }
    for (const names of similar.values()) {
      if (names.length < 2) continue;
      const shown = names.map((name) => JSON.stringify(name)).join(', ');
      notes.decide('labels', shown, 'they differ only in case or spaces, and stay classes of their own');
    }
  }

  #key(text: string): string {
    return this.#areWhole && WHOLE.test(text) ? text.replace(/\.0*$/, '') : text.normalize('NFC');
  }
}

function isPlain(text: string): boolean {
  return !text.includes('.');
}
