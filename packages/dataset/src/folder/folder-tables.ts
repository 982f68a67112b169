import { join, posix } from 'node:path';
import { PodiumError } from '@podium/core';
import type { SubmissionFormat } from '../layouts/layout.ts';
import type { TableSettings } from '../layouts/layout-settings.ts';
import { type Notes, OPTIONS } from '../layouts/notes.ts';
import { settingText } from '../layouts/unclear-setting.ts';
import type { TableColumns } from '../tables/columns.ts';
import type { TableEncoding } from '../tables/encoding.ts';
import {
  type OptionNames,
  readTable,
  readTableColumns,
  type TableOptions,
  type TableRow,
  type TableSummary,
} from '../tables/read-table.ts';
import { safePath } from './image-name.ts';
import type { CompetitionFolder } from './open-folder.ts';

/**
 * The table that a setting names.
 * @param option the setting, for messages
 * @throws PodiumError `layout-settings` if the folder has no such file
 */
export function namedTable(folder: CompetitionFolder, name: string, option: string): string {
  const key = `${OPTIONS}.${option}`;
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

/** How the tables of a folder are read: by the settings for all of them. */
export interface TableReading extends Pick<TableOptions, 'encoding' | 'delimiter' | 'signal'> {
  /** By table, for those that begin with data, or with a header that looks like data. */
  readonly headers?: ReadonlyMap<string, true | readonly string[]>;
  /** Takes down how tables are read. */
  readonly notes?: Notes;
}

/**
 * How the tables of a folder are read, by the settings of a layout.
 * @throws PodiumError `layout-settings` for a header of a table that does not exist
 */
export function tableReading(
  folder: CompetitionFolder,
  { encoding, delimiter, header = new Map() }: TableSettings,
  { notes, signal }: { readonly notes: Notes; readonly signal?: AbortSignal | undefined },
): TableReading & { readonly notes: Notes } {
  const headers = new Map(
    [...header].map(([name, value]) => [namedTable(folder, name, `header.${name}`), value]),
  );
  return { encoding, delimiter, headers, signal, notes };
}

export async function readFolderTable(
  folder: CompetitionFolder,
  table: string,
  begin: (columns: TableColumns) => (row: TableRow) => unknown,
  options: TableReading = {},
): Promise<TableSummary> {
  const summary = await readTable(join(folder.root, table), begin, tableOptions(table, options));
  if (options.notes !== undefined) describeReading(options.notes, table, summary, options.encoding);
  return summary;
}

export async function columnsOf(
  folder: CompetitionFolder,
  table: string,
  options: TableReading = {},
): Promise<TableColumns> {
  return readTableColumns(join(folder.root, table), tableOptions(table, options));
}

/** The columns of a table, or undefined if it cannot be read; for detection. */
export async function columnsIfAny(
  folder: CompetitionFolder,
  table: string | undefined,
  options: TableReading = {},
): Promise<TableColumns | undefined> {
  if (table === undefined) return undefined;
  return columnsOf(folder, table, options).catch((error: unknown) => {
    if (error instanceof PodiumError) return undefined;
    throw error;
  });
}

function tableOptions(table: string, { headers, notes: _, ...options }: TableReading): TableOptions {
  const header = headers?.get(table);
  return { ...options, name: table, optionNames: optionNames(table), ...(header && { header }) };
}

/** The settings that decide how a table is read, for messages. */
export function optionNames(table: string): OptionNames {
  return {
    encoding: `${OPTIONS}.encoding`,
    delimiter: `${OPTIONS}.delimiter`,
    header: (value) => `${OPTIONS}.header: { ${settingText(table)}: ${value} }`,
  };
}

const SHOWN: ReadonlyMap<string, string> = new Map([['\t', 'tab']]);

function describeReading(
  notes: Notes,
  table: string,
  { dialect, encoding, repeatedHeaders, columns }: TableSummary,
  given: TableEncoding | undefined,
): void {
  const { delimiter, source } = dialect;
  if (source === 'recognized' && delimiter !== ',') {
    const reason = `it splits ${table} into ${columns.names.length} columns`;
    notes.decide('delimiter', SHOWN.get(delimiter) ?? delimiter, reason);
  } else if (source === 'line') {
    notes.decide('delimiter', SHOWN.get(delimiter) ?? delimiter, `the first line of ${table} names it`);
  }
  if (given !== undefined && encoding.encoding !== given) {
    notes.decide('encoding', encoding.encoding, `the bytes of ${table} show that it is not in ${given}`);
  } else if (encoding.source === 'bytes' || (encoding.source === 'mark' && encoding.encoding !== 'utf-8')) {
    const shows = encoding.source === 'bytes' ? 'the bytes show' : 'the byte order mark shows';
    notes.decide('encoding', encoding.encoding, `${shows} it in ${table}`);
  }
  for (const line of repeatedHeaders) {
    notes.omitOnce('lines of tables', 'they repeat the header', `${table}:${line}`);
  }
}

/**
 * The format of the submission, from the columns of the sample submission.
 * @param idColumn default: the first column that has a name
 * @throws PodiumError `table-unknown-column` if there is no `idColumn`
 */
export async function submissionFormat(
  folder: CompetitionFolder,
  path: string,
  idColumn?: string,
  options: TableReading = {},
): Promise<SubmissionFormat> {
  const columns = await columnsOf(folder, path, options);
  const named = columns.names.findIndex((name) => name !== '');
  const index = idColumn === undefined ? Math.max(0, named) : columns.index(idColumn);
  const { encoding, delimiter } = options;
  const header = options.headers?.get(path);
  const reading = {
    ...(encoding && { encoding }),
    ...(delimiter && { delimiter }),
    ...(header && { header }),
  };
  return {
    path,
    idColumn: columns.names[index]!,
    // pandas writes row numbers in a first column without a name.
    valueColumns: columns.names.filter((name, i) => i !== index && name !== ''),
    ...(Object.keys(reading).length > 0 && { reading }),
  };
}

/** Rejects ids that occur twice, naming both lines. */
export class UniqueIds {
  readonly #table: string;
  readonly #column: string;
  readonly #option: string;
  readonly #lines = new Map<string, number>();

  /** @param option the setting that decides the column, for messages */
  constructor(table: string, column: string, option: string = 'id') {
    this.#table = table;
    this.#column = column;
    this.#option = option;
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
        fix: `fill the cell, drop the row, or set ${OPTIONS}.${this.#option} to another column`,
      });
    }
    const before = this.#lines.get(id);
    if (before !== undefined) {
      throw new PodiumError({
        code: 'layout-duplicate-id',
        message: `the id ${JSON.stringify(id)} already has a row, in line ${before}`,
        path,
        fix: `drop one of the rows; if each row is one of several labels of an image, join them in one cell; or set ${OPTIONS}.${this.#option} to another column`,
      });
    }
    this.#lines.set(id, line);
  }

  has(id: string): boolean {
    return this.#lines.has(id);
  }
}

/** The name of a file without its folders. */
export function fileName(path: string): string {
  return posix.basename(path);
}
