import type { Head } from '@podium/dataset';
import { positiveOf } from './positive-class.ts';

/** The class that a column is for. */
export interface ColumnClass {
  readonly head: string;
  readonly class: string;
}

/** A {@link ColumnClass} with the name of its column. */
export interface MatchedColumn extends ColumnClass {
  readonly column: string;
}

export interface ColumnMatch {
  /** Per column. */
  readonly classes: readonly MatchedColumn[];
  /** `each column is named after a class of "breed"`. */
  readonly evidence: string;
  /** Names match without ignoring case or a prefix. */
  readonly exact: boolean;
  /** Every class of these heads has a column, or needs none. */
  readonly isComplete: boolean;
}

const SEPARATORS = ['_', '.', '-', ' ', '/', ':'];

/**
 * Matches columns to classes by name: the class itself, a head and a class (`mask_normal`), or a common prefix and a
 * class (`c0`, `c1`); first exactly, then ignoring case; last the class that means yes of a head with two classes. Undefined
 * if a column matches no class, or two match the same.
 */
export function matchColumns(columns: readonly string[], heads: readonly Head[]): ColumnMatch | undefined {
  if (columns.length === 0) return undefined;
  for (const fold of [(text: string) => text, (text: string) => text.toLowerCase()]) {
    const exact = fold('A') === 'A';
    const found = (classes: readonly MatchedColumn[], isExact: boolean, evidence: string): ColumnMatch => ({
      classes,
      exact: isExact,
      evidence,
      isComplete: isComplete(classes, heads),
    });
    for (const head of heads) {
      const classes = new Map(head.classes.map((name) => [fold(name), { head: head.name, class: name }]));
      if (classes.size < head.classes.length) continue;
      const direct = matchEach(columns, (column) => classes.get(fold(column)));
      if (direct) return found(direct, exact, `each column is named after a class of "${head.name}"`);
      const prefix = commonPrefix(columns);
      const prefixed = matchEach(columns, (column) => classes.get(fold(column.slice(prefix.length))));
      if (prefixed && prefix !== '')
        return found(prefixed, false, `each column is "${prefix}" followed by a class of "${head.name}"`);
    }
    const acrossHeads = matchEach(columns, (column) =>
      uniqueClass(heads, (_, name) => fold(name) === fold(column)),
    );
    if (acrossHeads)
      return found(acrossHeads, exact, 'each column is named after a class of one of the heads');
    const joined = matchEach(columns, (column) =>
      uniqueClass(heads, (head, name) =>
        SEPARATORS.some((separator) => fold(`${head}${separator}${name}`) === fold(column)),
      ),
    );
    if (joined) return found(joined, exact, 'each column is named after a head and one of its classes');
    const positives = matchEach(columns, (column) =>
      positiveOfHead(heads, (name) => fold(name) === fold(column)),
    );
    if (positives)
      return {
        classes: positives,
        exact: false,
        evidence: 'each column is named after a head, and is for its class that means yes',
        isComplete: true,
      };
  }
  return undefined;
}

/** The class that means yes, of the head of this name. */
function positiveOfHead(heads: readonly Head[], isNamed: (head: string) => boolean): ColumnClass | undefined {
  const head = heads.find(({ name }) => isNamed(name));
  if (head === undefined || head.classes.length > 2) return undefined;
  const positive = positiveOf(head, '');
  return positive && { head: head.name, class: positive.name };
}

function isComplete(matched: readonly MatchedColumn[], heads: readonly Head[]): boolean {
  return heads.every(({ name, classes }) => {
    const count = matched.filter(({ head }) => head === name).length;
    return count === 0 || count === classes.length;
  });
}

function matchEach(
  columns: readonly string[],
  find: (column: string) => ColumnClass | undefined,
): readonly MatchedColumn[] | undefined {
  const found = columns.map((column) => {
    const item = find(column);
    return item && { ...item, column };
  });
  const seen = new Set(found.map((item) => `${item?.head}\0${item?.class}`));
  if (found.includes(undefined) || seen.size < columns.length) return undefined;
  return found as MatchedColumn[];
}

/** The one class of all heads that matches; undefined if none or several do. */
function uniqueClass(
  heads: readonly Head[],
  matches: (head: string, name: string) => boolean,
): ColumnClass | undefined {
  const found = heads.flatMap((head) =>
    head.classes.filter((name) => matches(head.name, name)).map((name) => ({ head: head.name, class: name })),
  );
  return found.length === 1 ? found[0] : undefined;
}

function commonPrefix(names: readonly string[]): string {
  let prefix = names[0] ?? '';
  for (const name of names) while (!name.startsWith(prefix)) prefix = prefix.slice(0, -1);
  // `c1`, `c10`: the digits belong to the class.
  return prefix.replace(/\d+$/, '');
}
