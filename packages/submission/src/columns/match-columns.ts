import type { Head } from '@podium/dataset';

/** The class that a column is for. */
export interface ColumnClass {
  readonly head: string;
  readonly class: string;
}

export interface ColumnMatch {
  /** Per column. */
  readonly classes: readonly ColumnClass[];
  /** `each column is named after a class of "breed"`. */
  readonly evidence: string;
  /** Names match without ignoring case or a prefix. */
  readonly exact: boolean;
}

const SEPARATORS = ['_', '.', '-', ' ', '/', ':'];

/**
 * Matches columns to classes by name: the class itself, a head and a class (`mask_normal`), or a common prefix and a
 * class (`c0`, `c1`); first exactly, then ignoring case. Undefined if a column matches no class, or two match the same.
 */
export function matchColumns(columns: readonly string[], heads: readonly Head[]): ColumnMatch | undefined {
  if (columns.length === 0) return undefined;
  for (const fold of [(text: string) => text, (text: string) => text.toLowerCase()]) {
    const exact = fold('A') === 'A';
    for (const head of heads) {
      const classes = new Map(head.classes.map((name) => [fold(name), { head: head.name, class: name }]));
      if (classes.size < head.classes.length) continue;
      const direct = matchEach(columns, (column) => classes.get(fold(column)));
      if (direct)
        return { classes: direct, exact, evidence: `each column is named after a class of "${head.name}"` };
      const prefix = commonPrefix(columns);
      const prefixed = matchEach(columns, (column) => classes.get(fold(column.slice(prefix.length))));
      if (prefixed && prefix !== '') {
        return {
          classes: prefixed,
          exact: false,
          evidence: `each column is "${prefix}" followed by a class of "${head.name}"`,
        };
      }
    }
    const acrossHeads = matchEach(columns, (column) =>
      uniqueClass(heads, (_, name) => fold(name) === fold(column)),
    );
    if (acrossHeads)
      return {
        classes: acrossHeads,
        exact,
        evidence: 'each column is named after a class of one of the heads',
      };
    const joined = matchEach(columns, (column) =>
      uniqueClass(heads, (head, name) =>
        SEPARATORS.some((separator) => fold(`${head}${separator}${name}`) === fold(column)),
      ),
    );
    if (joined)
      return { classes: joined, exact, evidence: 'each column is named after a head and one of its classes' };
  }
  return undefined;
}

function matchEach(
  columns: readonly string[],
  find: (column: string) => ColumnClass | undefined,
): readonly ColumnClass[] | undefined {
  const found = columns.map(find);
  const seen = new Set(found.map((item) => `${item?.head}\0${item?.class}`));
  if (found.includes(undefined) || seen.size < columns.length) return undefined;
  return found as ColumnClass[];
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
