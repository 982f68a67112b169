import { join, posix } from 'node:path';
import { compareCodeUnits, PodiumError } from '@podium/core';
import type { SubmissionFormat } from '../layouts/layout.ts';
import type { TableColumns } from '../tables/columns.ts';
import { readTable, readTableColumns, type TableOptions, type TableRow } from '../tables/read-table.ts';
import { safePath } from './image-index.ts';
import type { CompetitionFolder } from './open-folder.ts';

/** Usual names of sample submissions. */
export const SAMPLE: RegExp =
  /^(sample[-_ ]?submissions?|submission[-_ ]?(format|sample)|sample)[^/]*\.(csv|tsv)$/i;

/** The table with a matching name; of several, the one nearest to the root. */
export function findTable(folder: CompetitionFolder, pattern: RegExp): string | undefined {
  const found = folder.tables.filter((file) => pattern.test(posix.basename(file)));
  return found.sort((a, b) => depth(a) - depth(b) || compareCodeUnits(a, b))[0];
}

/**
 * The table that a setting names.
 * @param key the setting, for messages
 * @throws PodiumError `layout-settings` if the folder has no such file
 */
export function namedTable(folder: CompetitionFolder, name: string, key: string): string {
  const path = safePath(name, { key });
  const found = folder.files.find((file) => file.normalize('NFC') === path);
  if (found !== undefined) return found;
  throw new PodiumError({
    code: 'layout-settings',
    message: `no such file in ${folder.given}`,
    path: { key },
    expected: folder.tables.length > 0 ? folder.tables : 'a table, but the folder has none',
    got: JSON.stringify(name),
  });
}

/** How to read tables. */
export type TableReading = Omit<TableOptions, 'name'>;

export function readFolderTable(
  folder: CompetitionFolder,
  table: string,
  begin: (columns: TableColumns) => (row: TableRow) => unknown,
  options: TableReading = {},
): ReturnType<typeof readTable> {
  return readTable(join(folder.root, table), begin, { name: table, ...options });
}

export async function columnsOf(folder: CompetitionFolder, table: string): Promise<TableColumns> {
  return readTableColumns(join(folder.root, table), { name: table });
}

/** The columns of a table, or undefined if it cannot be read; for detection. */
export async function columnsIfAny(
  folder: CompetitionFolder,
  table: string | undefined,
): Promise<TableColumns | undefined> {
  if (table === undefined) return undefined;
  return columnsOf(folder, table).catch((error: unknown) => {
    if (error instanceof PodiumError) return undefined;
    throw error;
  });
}

/**
 * The format of the submission, from the columns of the sample submission.
 * @param idColumn default: the first column
 * @throws PodiumError `table-unknown-column` if there is no `idColumn`
 */
export async function submissionFormat(
  folder: CompetitionFolder,
  path: string,
  idColumn?: string,
): Promise<SubmissionFormat> {
  const columns = await columnsOf(folder, path);
  const index = idColumn === undefined ? 0 : columns.index(idColumn);
  return {
    path,
    idColumn: columns.names[index]!,
    valueColumns: columns.names.filter((_, i) => i !== index),
  };
}

/** Rejects ids that occur twice, naming both lines. */
export class UniqueIds {
  readonly #table: string;
  readonly #column: string;
  readonly #lines = new Map<string, number>();

  constructor(table: string, column: string) {
    this.#table = table;
    this.#column = column;
  }

  /** @throws PodiumError `layout-duplicate-id`, `layout-empty-id` */
  add(id: string, line: number): void {
    const path = { file: this.#table, line, column: this.#column };
    if (id === '') {
      throw new PodiumError({
        code: 'layout-empty-id',
        path,
        expected: 'an id',
        got: 'an empty cell',
        fix: 'fill the cell, or drop the row',
      });
    }
    const before = this.#lines.get(id);
    if (before !== undefined) {
      throw new PodiumError({
        code: 'layout-duplicate-id',
        message: `the id ${JSON.stringify(id)} already has a row, in line ${before}`,
        path,
        fix: 'drop one of the rows; if each row is one of several labels of an image, join them in one cell; or set another id column',
      });
    }
    this.#lines.set(id, line);
  }
}

function depth(path: string): number {
  return path.split('/').length;
}
