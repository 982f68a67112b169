import { PodiumError } from '@podium/core';
import { readFolderTable, type TableReading } from '../../folder/folder-tables.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import type { SplitColumn } from '../layout-settings.ts';
import type { Notes } from '../notes.ts';
import { OPTIONS } from '../notes.ts';
import type { ChosenColumns } from './choose-columns.ts';

/** What a row of a training table says, besides its labels. */
export interface ListedRow {
  readonly table: string;
  readonly line: number;
  /** Its place among the rows of its table. */
  readonly place: number;
  readonly id: string;
  /** The cell that names the image; empty if it names none. */
  readonly cell: string;
  readonly isTest: boolean;
}

/**
 * Reads which rows the training tables list. Rows that repeat another one in full are left out.
 * @throws PodiumError `layout-duplicate-id` for different rows with the same id, `layout-empty-id`
 */
export async function listRows(
  folder: CompetitionFolder,
  tables: readonly string[],
  chosen: ChosenColumns,
  split: SplitColumn | undefined,
  reading: TableReading & { readonly notes: Notes },
): Promise<ListedRow[]> {
  const rows: ListedRow[] = [];
  const byId = new Map<string, ListedRow>();
  const again: [ListedRow, ListedRow][] = [];
  for (const table of tables) {
    let next = 0;
    await readFolderTable(
      folder,
      table,
      (columns) => {
        const [id, path] = [columns.index(chosen.id), columns.index(chosen.path)];
        const mark = split === undefined ? undefined : columns.index(split.column);
        return ({ cells, line }) => {
          const cell = cells[path]!.trim();
          const isTest = mark !== undefined && split!.test.includes(cells[mark]!.trim());
          const row = { table, line, place: next++, id: cells[id]!.trim(), cell, isTest };
          // Without an image, the row is left out anyway.
          if (row.id === '' && cell !== '') emptyId(row, chosen.id);
          const before = byId.get(row.id);
          if (before !== undefined && row.id !== '' && !namesNothing(cell)) again.push([before, row]);
          else {
            byId.set(row.id, row);
            rows.push(row);
          }
        };
      },
      reading,
    );
  }
  if (again.length > 0) await assertEqualRows(folder, again, chosen, reading);
  return rows;
}

/** Programs write these for a value that is missing. They may also be names. */
export function namesNothing(cell: string): boolean {
  return /^(nan|none|null|n\/?a|-)?$/i.test(cell);
}

/** Rows with an id of another row: left out if they are equal, else an error. */
async function assertEqualRows(
  folder: CompetitionFolder,
  again: readonly (readonly [ListedRow, ListedRow])[],
  chosen: ChosenColumns,
  reading: TableReading & { readonly notes: Notes },
): Promise<void> {
  const key = ({ table, line }: { table: string; line: number }) => `${line} ${table}`;
  const wanted = new Set(again.flat().map(key));
  const contents = new Map<string, string>();
  for (const table of new Set(again.flat().map((row) => row.table))) {
    await readFolderTable(
      folder,
      table,
      () =>
        ({ cells, line }) => {
          const name = key({ table, line });
          if (wanted.has(name)) contents.set(name, JSON.stringify(cells.map((cell) => cell.trim())));
        },
      reading,
    );
  }
  for (const [before, row] of again) {
    if (contents.get(key(before)) === contents.get(key(row))) {
      reading.notes.omit('copies of rows', 'they repeat another row', `${row.table}:${row.line} "${row.id}"`);
      continue;
    }
    const place = before.table === row.table ? `in line ${before.line}` : `in ${before.table}:${before.line}`;
    throw new PodiumError({
      code: 'layout-duplicate-id',
      message: `the id ${JSON.stringify(row.id)} already has a row, ${place}`,
      path: { file: row.table, line: row.line, column: chosen.id },
      fix: `drop one of the rows; if each row is one of several labels of an image, join them in one cell; or set ${OPTIONS}.id to another column`,
    });
  }
}

function emptyId({ table: file, line }: ListedRow, column: string): never {
  throw new PodiumError({
    code: 'layout-empty-id',
    path: { file, line, column },
    expected: 'an id',
    got: 'an empty cell',
    fix: `fill the cell, drop the row, or set ${OPTIONS}.id to another column`,
  });
}
