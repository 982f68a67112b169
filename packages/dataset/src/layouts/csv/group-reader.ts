import { PodiumError } from '@podium/core';
import type { TableColumns } from '../../tables/columns.ts';
import type { DerivedColumn } from './csv-settings.ts';
import { matched } from './label-reader.ts';

/** Returns a function that reads a row's group. It throws `layout-group` for an empty cell and `layout-pattern`. */
export function groupReader(
  group: DerivedColumn,
  columns: TableColumns,
  table: string,
): (cells: readonly string[], line: number) => string {
  const index = columns.index(group.column);
  return (cells, line) => {
    const where = { file: table, line, column: group.column };
    const text = cells[index]!.trim();
    if (group.pattern !== undefined) return matched(group.pattern, text, where);
    if (text !== '') return text;
    throw new PodiumError({
      code: 'layout-group',
      path: where,
      expected: 'a group',
      got: 'an empty cell',
      fix: 'fill the cell, with a unique value if the image belongs to no group',
    });
  };
}
