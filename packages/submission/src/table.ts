import { open } from 'node:fs/promises';
import { fileError } from '@podium/core';
import { readTable } from '@podium/dataset';
import Papa from 'papaparse';

/** The beginning of a file shows how it is written. */
const LOOKED_AT = 1 << 16;
const ROWS_AT_ONCE = 1000;

/** How a table is written: what a copy of it has to share, so that no grader finds a difference. */
export interface TableStyle {
  readonly delimiter: string;
  readonly newline: '\n' | '\r\n';
  readonly byteOrderMark: boolean;
  /** The first line as it stands in the file, with its quotes and spaces, without its end. */
  readonly header: string;
  /** By column: whether each of its cells is in double quotes, needed or not. */
  readonly quoted: readonly boolean[];
}

/** A row of a submission. */
export interface SubmissionRow {
  /** The id's cell without spaces around it: what predictions are named by. */
  readonly id: string;
  /** As the file has them. */
  readonly cells: readonly string[];
  /** One-based. */
  readonly line: number;
}

/** A submission, or the sample of one, in memory. */
export interface SubmissionTable {
  /** What messages call it. */
  readonly file: string;
  readonly columns: readonly string[];
  readonly idColumn: string;
  readonly rows: readonly SubmissionRow[];
  readonly style: TableStyle;
}

/**
 * Reads a submission of any form.
 * @param options.name what errors call the file; default: its path
 * @param options.idColumn default: the first column
 * @throws PodiumError as `readTable`; `table-unknown-column` where there is no such id column
 */
export async function readSubmissionTable(
  path: string,
  options: { readonly name?: string; readonly idColumn?: string; readonly signal?: AbortSignal } = {},
): Promise<SubmissionTable> {
  const file = options.name ?? path;
  const rows: SubmissionRow[] = [];
  let idAt = 0;
  const { columns, delimiter } = await readTable(
    path,
    (found) => {
      idAt = options.idColumn === undefined ? 0 : found.index(options.idColumn);
      return ({ cells, line }) => {
        rows.push({ id: cells[idAt]!.trim(), cells, line });
      };
    },
    { name: file, ...(options.signal && { signal: options.signal }) },
  );
  const style = styleOf(await beginning(path, file), delimiter, columns.names.length);
  return { file, columns: columns.names, idColumn: columns.names[idAt]!, rows, style };
}

/** A table as bytes: UTF-8, in the style of another one. Cells are text already; none is changed. */
export function tableBytes(style: TableStyle, rows: Iterable<readonly string[]>): Uint8Array {
  const { delimiter, newline, quoted, byteOrderMark } = style;
  const parts = [`${byteOrderMark ? '\ufeff' : ''}${style.header}${newline}`];
  let batch: string[][] = [];
  const flush = () => {
    if (batch.length === 0) return;
    parts.push(`${Papa.unparse(batch, { delimiter, newline, quotes: [...quoted] })}${newline}`);
    batch = [];
  };
  for (const row of rows) {
    // Reading makes `\n` of all line ends, those inside of cells too.
    batch.push(newline === '\n' ? [...row] : row.map((cell) => cell.replaceAll('\n', newline)));
    if (batch.length === ROWS_AT_ONCE) flush();
  }
  flush();
  return Buffer.from(parts.join(''), 'utf8');
}

async function beginning(path: string, file: string): Promise<string> {
  try {
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

/** Papa parses quotes away; whether they were there is what has to be known here. */
function styleOf(text: string, delimiter: string, width: number): TableStyle {
  const byteOrderMark = text.startsWith('\ufeff');
  const [header, ...rows] = rawRecords(byteOrderMark ? text.slice(1) : text, delimiter);
  const inQuotes = (column: number) =>
    rows.length > 0 && rows.every(({ cells }) => cells[column]?.startsWith('"') === true);
  return {
    delimiter,
    newline: header?.end === '\r\n' ? '\r\n' : '\n',
    byteOrderMark,
    header: (header?.cells ?? []).slice(0, width).join(delimiter),
    quoted: Array.from({ length: width }, (_, column) => inQuotes(column)),
  };
}

interface RawRecord {
  readonly cells: readonly string[];
  readonly end: string;
}

/** The records of a text that are whole, cells with their quotes; lines without anything are left out. */
function rawRecords(text: string, delimiter: string): RawRecord[] {
  const d = delimiter === '\t' ? '\\t' : delimiter;
  const cell = new RegExp(`("[^"]*(?:""[^"]*)*"[^${d}\\r\\n]*|[^${d}\\r\\n]*)(${d}|\\r\\n|\\r|\\n|$)`, 'y');
  const records: RawRecord[] = [];
  let cells: string[] = [];
  while (cell.lastIndex < text.length) {
    const [, raw = '', end = ''] = cell.exec(text) ?? [];
    cells.push(raw);
    if (end === delimiter) continue;
    // What ends without a line's end may be cut off, but a header alone is all there is.
    if (end === '' && records.length > 0) break;
    if (cells.some((item) => item.trim() !== '')) records.push({ cells, end });
    cells = [];
    if (end === '') break;
  }
  return records;
}
