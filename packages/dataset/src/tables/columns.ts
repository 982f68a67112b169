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

/** @throws PodiumError `table-header` for empty and duplicate names */
export function checkHeader(cells: readonly string[], file: string, line: number): TableColumns {
  const names = withoutEmptyTail(cells.map((cell) => cell.trim()));
  const seen = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    // pandas writes row numbers in a first column without a name.
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

function withoutEmptyTail(names: readonly string[]): readonly string[] {
  let length = names.length;
  while (length > 1 && names[length - 1] === '') length--;
  return names.slice(0, length);
}
