import { PodiumError } from '@podium/core';

/** The names of a table's columns, in order. */
export class TableColumns {
  readonly names: readonly string[];
  readonly #file: string;
  readonly #indices: ReadonlyMap<string, number>;

  constructor(names: readonly string[], file: string) {
    this.names = names;
    this.#file = file;
    this.#indices = new Map(names.map((name, index) => [name, index]));
  }

  has(name: string): boolean {
    return this.#indices.has(name);
  }

  /**
   * The zero-based index of a column.
   * @throws PodiumError `table-unknown-column`, suggesting the nearest name
   */
  index(name: string): number {
    const index = this.#indices.get(name);
    if (index !== undefined) return index;
    throw new PodiumError({
      code: 'table-unknown-column',
      message: 'no such column',
      path: { file: this.#file },
      expected: this.names,
      got: JSON.stringify(name),
      fix: "use a name from the file's first line",
    });
  }
}

/**
 * The columns of a header. Only the first may have no name: pandas writes row numbers there.
 * @param place.isHeader whether the settings say that these cells are the header
 * @throws PodiumError `table-no-header` if the cells look like data, `table-header` for empty and duplicate names
 */
export function checkHeader(
  cells: readonly string[],
  { isHeader, ...place }: HeaderPlace & { readonly isHeader: boolean },
): TableColumns {
  const { file, line } = place;
  const names = withoutEmptyTail(cells.map((cell) => cell.trim()));
  if (!isHeader && names.every((name) => name === '' || isNumber(name))) noHeader(names, place);
  const seen = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    if (name === '' && index > 0) {
      throw new PodiumError({
        code: 'table-header',
        message: `column ${index + 1} of ${names.length} has no name`,
        path: { file, line },
        fix: 'name the column in the first line, or remove it',
      });
    }
    const before = seen.get(name);
    if (before !== undefined) {
      if (isNumber(name)) noHeader(names, place);
      throw new PodiumError({
        code: 'table-header',
        message: `columns ${before + 1} and ${index + 1} have the same name`,
        path: { file, line, column: name },
        fix: 'rename one of them',
      });
    }
    seen.set(name, index);
  }
  return new TableColumns(names, file);
}

/** Where a header is, for messages. */
export interface HeaderPlace {
  readonly file: string;
  readonly line: number;
  /** How the settings say what the header is: a value to the text of the setting. */
  readonly option: (value: string) => string;
}

/**
 * Throws for a table that begins with data.
 * @param names the cells of its first line
 */
export function noHeader(names: readonly string[], { file, line, option }: HeaderPlace): never {
  const example = ['id', 'label', ...names.slice(2).map((_, i) => `column${i + 3}`)].slice(0, names.length);
  const naming =
    names.length > 20
      ? 'add a first line with the names of the columns'
      : `set ${option(`[${example.join(', ')}]`)}, with the names of its columns`;
  throw new PodiumError({
    code: 'table-no-header',
    message: 'the first line looks like data, not like the names of columns',
    path: { file, line },
    expected: 'a header with column names',
    got: names.slice(0, 5).join(', ') + (names.length > 5 ? ', ...' : ''),
    fix: `${naming}; if this line has the names, set ${option('true')}`,
  });
}

function isNumber(text: string): boolean {
  return text !== '' && Number.isFinite(Number(text));
}

function withoutEmptyTail(names: readonly string[]): readonly string[] {
  let length = names.length;
  while (length > 1 && names[length - 1] === '') length--;
  return names.slice(0, length);
}
