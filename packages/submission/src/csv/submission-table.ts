import { fileError, openFile } from '@podium/core';
import { readTable, type SubmissionFormat } from '@podium/dataset';
import Papa from 'papaparse';
import { decodeStart, encodeText, type FileEncoding } from './text-encoding.ts';

/** The first bytes of a file show its style. */
const STYLE_SAMPLE_BYTES = 1 << 16;
const ROWS_PER_BATCH = 1000;

/** How a CSV file is written. A submission copies the style of its sample, so no grader can tell them apart. */
export interface CsvStyle {
  readonly delimiter: string;
  readonly newline: '\n' | '\r\n';
  readonly byteOrderMark: boolean;
  readonly encoding: FileEncoding;
  /** A first line such as `sep=;`, which names the delimiter. */
  readonly preamble?: string;
  /** The header as it is in the file, with quotes and spaces, without the line end. Undefined for a file without one. */
  readonly header: string | undefined;
  /** Per column: whether every cell is quoted, needed or not. */
  readonly quoted: readonly boolean[];
}

/** A row of a submission. */
export interface SubmissionRow {
  /** The trimmed cell of the id column; predictions are matched by it. */
  readonly id: string;
  /** Exactly as in the file. */
  readonly cells: readonly string[];
  /** One-based line number. */
  readonly line: number;
}

/** A submission, or a sample submission, in memory. */
export interface SubmissionTable {
  /** The file's name in messages. */
  readonly file: string;
  readonly columns: readonly string[];
  readonly idColumn: string;
  readonly rows: readonly SubmissionRow[];
  readonly style: CsvStyle;
  /** How to read another file of the same format. */
  readonly reading: TableReading;
}

/** What has to be said to read a table, because the file does not show it. */
export type TableReading = NonNullable<SubmissionFormat['reading']>;

/**
 * Reads a submission of any form.
 * @param options.name the file's name in messages. Default: its path
 * @param options.idColumn default: the first column
 * @param options.reading default: what the file shows
 * @throws PodiumError what `readTable` throws; `table-unknown-column` if the id column is missing
 */
export async function readSubmissionTable(
  path: string,
  options: {
    readonly name?: string;
    /** Follow no link below this folder, nor one at the end. Default: links are followed. */
    readonly root?: string | undefined;
    readonly idColumn?: string;
    readonly reading?: TableReading;
    readonly signal?: AbortSignal;
  } = {},
): Promise<SubmissionTable> {
  const { reading = {} } = options;
  const file = options.name ?? path;
  const rows: SubmissionRow[] = [];
  let idPosition = 0;
  const { columns, delimiter, encoding, dialect } = await readTable(
    path,
    (header) => {
      idPosition = options.idColumn === undefined ? 0 : header.index(options.idColumn);
      return ({ cells, line }) => {
        rows.push({ id: cells[idPosition]!.trim(), cells, line });
      };
    },
    { ...reading, name: file, root: options.root, signal: options.signal },
  );
  const style = detectStyle(decodeStart(await readStart(path, file, options.root), encoding.encoding), {
    delimiter,
    encoding: encoding.encoding,
    hasPreamble: dialect.hasDelimiterLine,
    hasHeader: typeof reading.header !== 'object',
    width: columns.names.length,
  });
  return {
    file,
    columns: columns.names,
    idColumn: columns.names[idPosition]!,
    rows,
    style,
    reading: { ...reading, delimiter, ...(encoding.encoding !== 'utf-8' && { encoding: encoding.encoding }) },
  };
}

/**
 * Encodes a table in the given style. Cells are already text and are written unchanged.
 * @throws PodiumError `submission-encoding` for a character that the encoding does not have
 */
export function encodeTable(style: CsvStyle, rows: Iterable<readonly string[]>): Uint8Array {
  const { delimiter, newline, quoted, byteOrderMark, preamble, header, encoding } = style;
  const before = [preamble, header].filter((line) => line !== undefined);
  const parts = [`${byteOrderMark ? '\ufeff' : ''}${before.map((line) => `${line}${newline}`).join('')}`];
  let batch: string[][] = [];
  const flush = () => {
    if (batch.length === 0) return;
    parts.push(`${Papa.unparse(batch, { delimiter, newline, quotes: [...quoted] })}${newline}`);
    batch = [];
  };
  for (const row of rows) {
    // The reader turned every line end into `\n`, also inside quoted cells.
    batch.push(newline === '\n' ? [...row] : row.map((cell) => cell.replaceAll('\n', newline)));
    if (batch.length === ROWS_PER_BATCH) flush();
  }
  flush();
  return encodeText(parts.join(''), encoding);
}

async function readStart(path: string, file: string, root: string | undefined): Promise<Uint8Array> {
  try {
    const handle = await openFile(path, { root });
    try {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(STYLE_SAMPLE_BYTES),
        0,
        STYLE_SAMPLE_BYTES,
        0,
      );
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

/** Papa removes the quotes, and the style depends on whether they were there. */
function detectStyle(
  text: string,
  {
    delimiter,
    encoding,
    hasPreamble,
    hasHeader,
    width,
  }: {
    readonly delimiter: string;
    readonly encoding: FileEncoding;
    readonly hasPreamble: boolean;
    readonly hasHeader: boolean;
    readonly width: number;
  },
): CsvStyle {
  const byteOrderMark = text.startsWith('\ufeff');
  const records = rawRecords(byteOrderMark ? text.slice(1) : text, delimiter);
  const preamble = hasPreamble ? records.shift() : undefined;
  const newline = (preamble ?? records[0])?.end === '\r\n' ? '\r\n' : '\n';
  const header = hasHeader ? records.shift() : undefined;
  const isQuoted = (column: number) =>
    records.length > 0 && records.every(({ cells }) => cells[column]?.startsWith('"') === true);
  return {
    delimiter,
    newline,
    byteOrderMark,
    encoding,
    ...(preamble !== undefined && { preamble: preamble.cells.join(delimiter) }),
    header: hasHeader ? (header?.cells ?? []).slice(0, width).join(delimiter) : undefined,
    quoted: Array.from({ length: width }, (_, column) => isQuoted(column)),
  };
}

interface RawRecord {
  readonly cells: readonly string[];
  readonly end: string;
}

/** The complete records of a text, cells with their quotes; blank lines are skipped. */
function rawRecords(text: string, delimiter: string): RawRecord[] {
  const d = delimiter.replaceAll(/[\\^$.*+?()[\]{}|-]/g, '\\$&');
  const cell = new RegExp(`("[^"]*(?:""[^"]*)*"[^${d}\\r\\n]*|[^${d}\\r\\n]*)(${d}|\\r\\n|\\r|\\n|$)`, 'y');
  const records: RawRecord[] = [];
  let cells: string[] = [];
  while (cell.lastIndex < text.length) {
    const [, raw = '', end = ''] = cell.exec(text) ?? [];
    cells.push(raw);
    if (end === delimiter) continue;
    // A record without a line end may be cut off, unless it is a header with no rows.
    if (end === '' && records.length > 0) break;
    if (cells.some((item) => item.trim() !== '')) records.push({ cells, end });
    cells = [];
    if (end === '') break;
  }
  return records;
}
