import { Readable } from 'node:stream';
import { fileError, openFile, PodiumError } from '@podium/core';
import Papa from 'papaparse';
import { checkHeader, TableColumns } from './columns.ts';
import { type Dialect, recognizeDialect } from './dialect.ts';
import { type ChosenEncoding, chooseEncoding, type TableEncoding, TextDecoding } from './encoding.ts';

const HEAD_BYTES = 1 << 16;
const CHUNK_BYTES = 1 << 17;
/** In UTF-16 code units. A row of 100,000 numbers is shorter; an unclosed quote soon exceeds it. */
const MAX_ROW_LENGTH = 1 << 22;

export interface TableOptions {
  /** Name of the file in errors. Default: its path. */
  readonly name?: string;
  /** Follow no link below this folder, nor one at the end. Default: links are followed. */
  readonly root?: string | undefined;
  /** Default: UTF-8, or UTF-16 if the bytes show it. They also come before this setting. */
  readonly encoding?: TableEncoding;
  /** Default: recognized (comma, semicolon, tab or vertical bar). */
  readonly delimiter?: string;
  /**
   * The names of the columns, for a table that begins with data; `true`: the first line is the header even if it looks like
   * data. Default: the first line, which must not look like data.
   */
  readonly header?: true | readonly string[];
  /** The settings that decide these three, for messages. */
  readonly optionNames?: OptionNames;
  readonly signal?: AbortSignal;
}

export interface OptionNames {
  readonly encoding: string;
  readonly delimiter: string;
  /** A value to the text of the setting. */
  readonly header: (value: string) => string;
}

/** One row, with one cell per column. */
export interface TableRow {
  readonly cells: readonly string[];
  /** One-based line of the file at which the row starts; line breaks inside cells count. */
  readonly line: number;
}

/** Called for each row; returning `false` stops reading. */
type OnRow = (row: TableRow) => unknown;

/** The result of {@link readTable}. */
export interface TableSummary {
  readonly columns: TableColumns;
  /** Without the header. */
  readonly rows: number;
  readonly delimiter: string;
  readonly dialect: Dialect;
  readonly encoding: ChosenEncoding;
  /** The line of the header; undefined if the options give the names. */
  readonly headerLine: number | undefined;
  /** Lines that repeat the header, as in tables that were joined. They are not rows. */
  readonly repeatedHeaders: readonly number[];
}

const OPTION_NAMES: OptionNames = {
  encoding: 'the encoding',
  delimiter: 'the delimiter',
  header: (value) => `the header to ${value}`,
};

/**
 * Reads a table row by row, in constant memory. Line ends of all kinds are accepted, empty lines are skipped, and cells keep
 * their spaces. A first line `sep=;` names the delimiter, and lines that repeat the header are skipped. Callbacks are called synchronously; their errors stop reading and are thrown.
 * @param begin gets the columns and returns the function to call for each row, or `false` to stop
 * @throws PodiumError `table-encoding`, `table-binary`, `table-empty`, `table-delimiter` (several are possible),
 * `table-no-header`, `table-header` (empty or duplicate names), `table-row-length` (too few or too many cells),
 * `table-quotes`; `file-not-found` and other file errors
 *
 * @example
 * await readTable('train.csv', (columns) => {
 *   const label = columns.index('label');
 *   return ({ cells }) => labels.push(cells[label]);
 * });
 */
export async function readTable(
  path: string,
  begin: (columns: TableColumns) => OnRow | false,
  options: TableOptions = {},
): Promise<TableSummary> {
  const file = options.name ?? path;
  const names = options.optionNames ?? OPTION_NAMES;
  try {
    const head = await readHead(path, options.root);
    const encoding = chooseEncoding(head, options.encoding, file);
    const decoding = () => new TextDecoding(encoding.encoding, file, names.encoding);
    const dialect = recognizeDialect(decoding().text(head), {
      given: options.delimiter,
      isWhole: head.length < HEAD_BYTES,
      file,
      option: names.delimiter,
    });
    const { delimiter } = dialect;
    const rows = new RowReader(file, begin, { ...options, dialect });
    const opened = await openFile(path, { root: options.root, name: file });
    const source = opened.createReadStream({ highWaterMark: CHUNK_BYTES });
    try {
      await parse(decoded(source, decoding(), rows, options.signal), rows, delimiter);
    } finally {
      source.destroy();
    }
    return { ...rows.summary(), delimiter, dialect, encoding };
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

/** Reads only the header. @throws PodiumError like {@link readTable} */
export async function readTableColumns(path: string, options: TableOptions = {}): Promise<TableColumns> {
  const { columns } = await readTable(path, () => false, options);
  return columns;
}

async function readHead(path: string, root: string | undefined): Promise<Uint8Array> {
  const handle = await openFile(path, { root });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function parse(chunks: AsyncIterable<string>, rows: RowReader, delimiter: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const text = Readable.from(chunks, { objectMode: true, highWaterMark: 1 });
    text.on('error', reject);
    let ended = false;
    Papa.parse<string[]>(text, {
      delimiter,
      newline: '\n',
      step: ({ data, errors }, parser) => {
        if (ended) return;
        try {
          ended = !rows.take(data, errors);
        } catch (error) {
          ended = true;
          reject(error);
        }
        // The parser calls `complete` inside `abort`; a rejected promise stays rejected.
        if (ended) parser.abort();
      },
      complete: () => resolve(),
      error: reject,
    });
  });
}

async function* decoded(
  source: Readable,
  decoding: TextDecoding,
  rows: RowReader,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void> {
  for await (const chunk of source) {
    signal?.throwIfAborted();
    const text = decoding.text(chunk as Uint8Array);
    rows.received(text.length);
    if (text !== '') yield text;
  }
  const rest = decoding.text(undefined);
  if (rest !== '') yield rest;
}

/** Counts lines, checks each row against the header, and passes it on. */
class RowReader {
  readonly #file: string;
  readonly #begin: (columns: TableColumns) => OnRow | false;
  readonly #header: true | readonly string[] | undefined;
  readonly #optionNames: OptionNames;
  readonly #delimiter: string;
  readonly #repeated: number[] = [];
  #columns: TableColumns | undefined;
  #headerLine: number | undefined;
  #onRow: OnRow | undefined;
  #skips: boolean;
  #line = 1;
  #rows = 0;
  #sinceLastRow = 0;

  constructor(
    file: string,
    begin: (columns: TableColumns) => OnRow | false,
    {
      header,
      dialect,
      optionNames = OPTION_NAMES,
    }: Pick<TableOptions, 'header' | 'optionNames'> & { readonly dialect: Dialect },
  ) {
    this.#file = file;
    this.#begin = begin;
    this.#header = header;
    this.#optionNames = optionNames;
    this.#delimiter = dialect.delimiter;
    this.#skips = dialect.hasDelimiterLine;
  }

  /** @throws PodiumError `table-quotes` after so much text without a row end that a quote must be open, or rows are too long */
  received(length: number): void {
    this.#sinceLastRow += length;
    if (this.#sinceLastRow <= MAX_ROW_LENGTH + CHUNK_BYTES) return;
    throw new PodiumError({
      code: 'table-quotes',
      message: 'this row does not end, or it is too long for a row of a table',
      path: { file: this.#file, line: this.#line },
      expected: `at most ${MAX_ROW_LENGTH} characters`,
      got: 'more',
      fix: 'close its double quote if one is open; otherwise split the table into several of fewer columns',
    });
  }

  /** @returns whether to continue */
  take(cells: readonly string[], errors: readonly { readonly code: string }[]): boolean {
    const line = this.#line;
    this.#sinceLastRow = 0;
    for (const { code } of errors)
      if (code === 'MissingQuotes' || code === 'InvalidQuotes') this.#openQuote();
    this.#line += 1 + breaksIn(cells);
    if (cells.length === 1 && cells[0]!.trim() === '') return true;
    if (this.#skips) {
      this.#skips = false;
      return true;
    }
    if (this.#columns === undefined || this.#onRow === undefined) {
      const given = typeof this.#header === 'object' ? this.#header : undefined;
      const isHeader = this.#header === true;
      const place = { file: this.#file, line, option: this.#optionNames.header, isHeader };
      this.#columns = given === undefined ? checkHeader(cells, place) : new TableColumns(given, this.#file);
      if (given === undefined) this.#headerLine = line;
      const onRow = this.#begin(this.#columns);
      if (onRow === false) return false;
      this.#onRow = onRow;
      if (given === undefined) return true;
    }
    const { names } = this.#columns;
    const padded = cells.length === names.length ? cells : this.#withoutEmptyTail(cells, names, line);
    if (padded.every((cell, i) => cell.trim() === names[i])) {
      this.#repeated.push(line);
      return true;
    }
    this.#rows++;
    return this.#onRow({ cells: padded, line }) !== false;
  }

  summary(): Pick<TableSummary, 'columns' | 'rows' | 'headerLine' | 'repeatedHeaders'> {
    if (this.#columns === undefined) {
      throw new PodiumError({
        code: 'table-empty',
        path: { file: this.#file },
        expected: 'a header with column names',
        got: 'an empty file',
        fix: 'download the file again',
      });
    }
    return {
      columns: this.#columns,
      rows: this.#rows,
      headerLine: this.#headerLine,
      repeatedHeaders: this.#repeated,
    };
  }

  /** Spreadsheets may write extra delimiters at the end of lines; they are harmless. */
  #withoutEmptyTail(cells: readonly string[], names: readonly string[], line: number): readonly string[] {
    if (cells.length > names.length && cells.slice(names.length).every((cell) => cell === '')) {
      return cells.slice(0, names.length);
    }
    throw new PodiumError({
      code: 'table-row-length',
      path: { file: this.#file, line },
      expected: `${names.length} cells, one per column (${shown(names)})`,
      got: String(cells.length),
      fix:
        cells.length > names.length
          ? `put cells that contain the delimiter in double quotes; if ${JSON.stringify(this.#delimiter)} is not the delimiter, set ${this.#optionNames.delimiter}`
          : 'add the missing cells; the file may be truncated',
    });
  }

  #openQuote(): never {
    throw new PodiumError({
      code: 'table-quotes',
      message: 'a double quote in this row is not closed before the next delimiter or the end of the file',
      path: { file: this.#file, line: this.#line },
      fix: 'close the quote; inside a quoted cell, write a quote twice: "a ""b"" c"',
    });
  }
}

function breaksIn(cells: readonly string[]): number {
  let breaks = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) breaks++;
  }
  return breaks;
}

function shown(names: readonly string[]): string {
  return names.length <= 6 ? names.join(', ') : `${names.slice(0, 5).join(', ')}, ... ${names.at(-1)}`;
}
