import type { Head } from '@podium/dataset';

/** A class of a head that a column is for. */
export interface ColumnClass {
  readonly head: string;
  readonly class: string;
}

export interface ColumnMatch {
  readonly classes: readonly ColumnClass[];
  /** `each column is named after a class of "breed"`. */
  readonly why: string;
  /** Nothing had to be guessed. */
  readonly exact: boolean;
}

/**
 * Which class each column is for, by its name: the class itself, a head and a class (`mask_normal`), a common beginning
 * and a class (`c0`, `c1`), each exactly or but for case. Undefined where a column fits none, or two fit one class.
 */
export function matchColumns(columns: readonly string[], heads: readonly Head[]): ColumnMatch | undefined {
  if (columns.length === 0) return undefined;
  for (const fold of [(text: string) => text, (text: string) => text.toLowerCase()]) {
    const exact = fold('A') === 'A';
    for (const head of heads) {
      const names = new Map(head.classes.map((name) => [fold(name), { head: head.name, class: name }]));
      if (names.size < head.classes.length) continue;
      const found = allOf(columns, (column) => names.get(fold(column)));
      if (found)
        return { classes: found, exact, why: `each column is named after a class of "${head.name}"` };
      const prefix = commonPrefix(columns);
      const rest = allOf(columns, (column) => names.get(fold(column.slice(prefix.length))));
      if (rest && prefix !== '') {
        return {
          classes: rest,
          exact: false,
          why: `each column is "${prefix}" and a class of "${head.name}"`,
        };
      }
    }
    const both = allOf(columns, (column) => oneOf(heads, (_, name) => fold(name) === fold(column)));
    if (both) return { classes: both, exact, why: 'each column is named after a class of one of the heads' };
    const joined = allOf(columns, (column) =>
      oneOf(heads, (head, name) =>
        ['_', '.', '-', ' ', '/', ':'].some((s) => fold(`${head}${s}${name}`) === fold(column)),
      ),
    );
    if (joined)
      return { classes: joined, exact, why: 'each column is named after a head and one of its classes' };
  }
  return undefined;
}

function allOf(
  columns: readonly string[],
  find: (column: string) => ColumnClass | undefined,
): readonly ColumnClass[] | undefined {
  const found = columns.map(find);
  const seen = new Set(found.map((item) => `${item?.head}\0${item?.class}`));
  if (found.includes(undefined) || seen.size < columns.length) return undefined;
  return found as ColumnClass[];
}

/** The one class of all heads that fits; undefined where none or several do. */
function oneOf(
  heads: readonly Head[],
  fits: (head: string, name: string) => boolean,
): ColumnClass | undefined {
  const found = heads.flatMap((head) =>
    head.classes.filter((name) => fits(head.name, name)).map((name) => ({ head: head.name, class: name })),
  );
  return found.length === 1 ? found[0] : undefined;
}

function commonPrefix(names: readonly string[]): string {
  let prefix = names[0] ?? '';
  for (const name of names) while (!name.startsWith(prefix)) prefix = prefix.slice(0, -1);
  // `c1`, `c10`: a digit belongs to the class.
  return prefix.replace(/\d+$/, '');
}
