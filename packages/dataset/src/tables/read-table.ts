import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileError, PodiumError } from '@podium/core';
import Papa from 'papaparse';
import { checkHeader, type TableColumns } from './columns.ts';
import { checkEncoding, type TableEncoding, TextDecoding } from './encoding.ts';

const DELIMITERS = [',', ';', '\t'] as const;
const HEAD_BYTES = 1 << 16;
const CHUNK_BYTES = 1 << 17;
/** In UTF-16 code units. A row of 100,000 numbers is shorter; an unclosed quote soon exceeds it. */
const MAX_ROW_LENGTH = 1 << 22;

export interface TableOptions {
  /** Name of the file in errors. Default: its path. */
  readonly name?: string;
  /** Default: UTF-8, with or without a byte order mark. */
  readonly encoding?: TableEncoding;
  /** Default: recognized (comma, semicolon or tab). */
  readonly delimiter?: string;
  readonly signal?: AbortSignal;
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
}

/**
 * Reads a table row by row, in constant memory. Line ends of all kinds are accepted, empty lines are skipped, and cells keep
 * their spaces. Callbacks are called synchronously; their errors stop reading and are thrown.
 * @param begin gets the columns and returns the function to call for each row, or `false` to stop
 * @throws PodiumError `table-encoding`, `table-binary`, `table-empty`, `table-header` (empty or duplicate names),
 * `table-row-length` (too few or too many cells), `table-quotes`; `file-not-found` and other file errors
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
  const encoding = options.encoding ?? 'utf-8';
  try {
    const head = await readHead(path);
    if (encoding === 'utf-8') checkEncoding(head, file);
    const delimiter = options.delimiter ?? sniffDelimiter(new TextDecoding(encoding, file).text(head));
    const rows = new RowReader(file, begin);
    const source = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    try {
      await parse(decoded(source, new TextDecoding(encoding, file), rows, options.signal), rows, delimiter);
    } finally {
      source.destroy();
    }
    return { ...rows.summary(), delimiter };
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

/** Reads only the header. @throws PodiumError like {@link readTable} */
export async function readTableColumns(path: string, options: TableOptions = {}): Promise<TableColumns> {
  const { columns } = await readTable(path, () => false, options);
  return columns;
}

async function readHead(path: string): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The delimiter that splits the first lines into rows of equal length; a comma if none does. */
function sniffDelimiter(text: string): string {
  const lines = text.lastIndexOf('\n') > 0 ? text.slice(0, text.lastIndexOf('\n')) : text;
  const { meta } = Papa.parse(lines, {
    preview: 1,
    newline: '\n',
    skipEmptyLines: true,
    delimitersToGuess: [...DELIMITERS],
  });
  return meta.delimiter;
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
  #columns: TableColumns | undefined;
  #onRow: OnRow | undefined;
  #line = 1;
  #rows = 0;
  #sinceLastRow = 0;

  constructor(file: string, begin: (columns: TableColumns) => OnRow | false) {
    this.#file = file;
    this.#begin = begin;
  }

  /** @throws PodiumError `table-quotes` after so much text without a row end that a quote must be open */
  received(length: number): void {
    this.#sinceLastRow += length;
    if (this.#sinceLastRow > MAX_ROW_LENGTH + CHUNK_BYTES) this.#openQuote();
  }

  /** @returns whether to continue */
  take(cells: readonly string[], errors: readonly { readonly code: string }[]): boolean {
    const line = this.#line;
    this.#sinceLastRow = 0;
    for (const { code } of errors)
      if (code === 'MissingQuotes' || code === 'InvalidQuotes') this.#openQuote();
    this.#line += 1 + breaksIn(cells);
    if (cells.length === 1 && cells[0]!.trim() === '') return true;
    if (this.#columns === undefined || this.#onRow === undefined) {
      this.#columns = checkHeader(cells, this.#file, line);
      const onRow = this.#begin(this.#columns);
      if (onRow === false) return false;
      this.#onRow = onRow;
      return true;
    }
    const { names } = this.#columns;
    const padded = cells.length === names.length ? cells : this.#withoutEmptyTail(cells, names, line);
    this.#rows++;
    return this.#onRow({ cells: padded, line }) !== false;
  }

  summary(): Omit<TableSummary, 'delimiter'> {
    if (this.#columns === undefined) {
      throw new PodiumError({
        code: 'table-empty',
        path: { file: this.#file },
        expected: 'a header with column names',
        got: 'an empty file',
        fix: 'download the file again',
      });
    }
    return { columns: this.#columns, rows: this.#rows };
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
          ? 'put cells that contain the delimiter in double quotes'
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
