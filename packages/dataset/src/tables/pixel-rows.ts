import { TextDecoder } from 'node:util';
import { fileError, openFile, PodiumError } from '@podium/core';
import type { TableEncoding } from './encoding.ts';

const [NEWLINE, RETURN, QUOTE, NINE, ZERO] = [10, 13, 34, 57, 48];
/** Limits memory for files without line ends. */
const MAX_ROW_BYTES = 1 << 24;

/** A row of numbers and its position in the file. */
export interface PixelRow {
  /** One-based. */
  readonly line: number;
  /** The cells that are not pixels, in order, trimmed. */
  readonly cells: readonly string[];
  /** Byte range of the pixels' text. */
  readonly offset: number;
  readonly length: number;
}

/** How the rows of a table of pixels are written. */
export interface PixelTable {
  readonly delimiter: string;
  readonly encoding: TableEncoding;
  /** Lines before the first row. */
  readonly skip: number;
  readonly columns: number;
  /** The columns of pixels: one with all of them, or one each. */
  readonly pixels: { readonly first: number; readonly count: number };
}

/**
 * Reads the rows of a table of pixels, byte by byte, in constant memory. The loader needs the byte offset of the pixels,
 * which CSV parsers do not provide. Cells may be quoted, but rows are lines.
 * @param file its name in errors
 * @throws PodiumError `table-row-length`, `table-encoding` for UTF-16; `file-not-found` and other file errors
 */
export async function eachPixelRow(
  path: string,
  file: string,
  table: PixelTable,
  onRow: (row: PixelRow) => void,
): Promise<void> {
  const { columns, pixels, skip } = table;
  const delimiter = table.delimiter.charCodeAt(0);
  const isWide = table.encoding.startsWith('utf-16');
  if (isWide) {
    fail(
      file,
      undefined,
      'table-encoding',
      'UTF-8',
      table.encoding,
      'convert it to UTF-8: the pixels are read from the middle of it',
    );
  }
  const decoder = new TextDecoder(table.encoding);
  const starts = new Uint32Array(columns + 1);
  let line = 0;
  const take = (bytes: Buffer, start: number, end: number, position: number): void => {
    line++;
    if (line <= skip || end === start) return;
    let count = 1;
    let isQuoted = false;
    starts[0] = start;
    for (let i = start; i < end; i++) {
      if (bytes[i] === QUOTE) isQuoted = !isQuoted;
      else if (bytes[i] === delimiter && !isQuoted) {
        if (count < columns) starts[count] = i + 1;
        count++;
      }
    }
    if (count !== columns) {
      const fix = 'download the file again; it may be truncated';
      fail(file, line, 'table-row-length', `${columns} cells`, String(count), fix);
    }
    starts[columns] = end + 1;
    const cells: string[] = [];
    for (let c = 0; c < columns; c++) {
      if (c === pixels.first) c += pixels.count;
      if (c < columns) cells.push(unquoted(decoder.decode(bytes.subarray(starts[c]!, starts[c + 1]! - 1))));
    }
    // Without quotes and brackets around the numbers.
    let first = starts[pixels.first]!;
    let last = starts[pixels.first + pixels.count]! - 1;
    while (first < last && !isDigit(bytes[first]!)) first++;
    while (last > first && !isDigit(bytes[last - 1]!)) last--;
    onRow({ line, cells, offset: position + first, length: last - first });
  };
  try {
    await eachLine(path, take, () =>
      fail(
        file,
        line + 1,
        'table-row-length',
        `${columns} cells`,
        'a row without a line end',
        'write the file with line feeds (\\n) as line ends',
      ),
    );
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function unquoted(cell: string): string {
  const text = cell.trim();
  return text.length > 1 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replaceAll('""', '"').trim()
    : text;
}

function fail(
  file: string,
  line: number | undefined,
  code: string,
  expected: string,
  got: string,
  fix: string,
): never {
  throw new PodiumError({ code, path: { file, line }, expected, got, fix });
}

/** Calls `take(bytes, start, end, position)` per line: `bytes[start, end)`, where `bytes[0]` is byte `position` of the file. */
async function eachLine(
  path: string,
  take: (bytes: Buffer, start: number, end: number, position: number) => void,
  tooLong: () => void,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let position = 0;
  const file = await openFile(path);
  for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      take(bytes, start, bytes[end - 1] === RETURN && end > start ? end - 1 : end, position);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    position += start;
    if (rest.length > MAX_ROW_BYTES) tooLong();
  }
  if (rest.length > 0) take(rest, 0, rest.at(-1) === RETURN ? rest.length - 1 : rest.length, position);
}
