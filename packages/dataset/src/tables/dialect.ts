import { PodiumError } from '@podium/core';
import Papa from 'papaparse';

/** Delimiters that are recognized. */
const DELIMITERS = [',', ';', '\t', '|'] as const;
const LOOKED_AT_ROWS = 200;
/** Spreadsheets write the delimiter in a first line `sep=;`. */
const DELIMITER_LINE = /^\ufeff?"?sep=(.)"?[;,\t|]*(?=\n|$)/i;

/** How a table separates its cells, and how that is known. */
export interface Dialect {
  readonly delimiter: string;
  readonly source: 'given' | 'line' | 'recognized' | 'default';
  /** A first line `sep=;` comes before the header. */
  readonly hasDelimiterLine: boolean;
}

/**
 * Recognizes the delimiter: the one that splits the header into columns and every row into as many cells.
 * @param text the first part of a table
 * @param isWhole whether the text is the whole table; else its last line may be cut off
 * @param option the setting that decides the delimiter, for messages
 * @throws PodiumError `table-delimiter` if several delimiters split all rows evenly
 */
export function recognizeDialect(
  text: string,
  { given, isWhole, file, option }: { given?: string; isWhole: boolean; file: string; option: string },
): Dialect {
  const line = DELIMITER_LINE.exec(text);
  const hasDelimiterLine = line !== null;
  if (given !== undefined) return { delimiter: given, source: 'given', hasDelimiterLine };
  if (line !== null) return { delimiter: line[1]!, source: 'line', hasDelimiterLine };
  const cut = text.lastIndexOf('\n');
  const lines = isWhole || cut <= 0 ? text : text.slice(0, cut);
  const splits = DELIMITERS.map((delimiter) => split(lines, delimiter)).filter(({ columns }) => columns > 1);
  if (splits.length === 0) return { delimiter: ',', source: 'default', hasDelimiterLine };
  const even = splits.filter(({ share }) => share === 1);
  if (even.length > 1) {
    throw new PodiumError({
      code: 'table-delimiter',
      message: 'several delimiters split every row into as many cells as the header',
      path: { file },
      expected: even.map(({ delimiter }) => delimiter),
      got: even
        .map(({ delimiter, columns }) => `${columns} columns with ${JSON.stringify(delimiter)}`)
        .join(', '),
      fix: `set ${option}, such as ${option}: ${JSON.stringify(even.at(-1)!.delimiter)}`,
    });
  }
  // Of rows that no delimiter splits evenly, reading names the first one.
  const best = splits.reduce((a, b) => (b.share > a.share ? b : a));
  return { delimiter: best.delimiter, source: 'recognized', hasDelimiterLine };
}

/** The number of columns in the header, and the share of rows with as many cells. */
function split(text: string, delimiter: string): { delimiter: string; columns: number; share: number } {
  const { data, errors } = Papa.parse<string[]>(text.replace(/^\ufeff/, ''), {
    delimiter,
    newline: '\n',
    preview: LOOKED_AT_ROWS,
    skipEmptyLines: 'greedy',
  });
  const [header = [], ...rows] = data;
  const columns = withoutEmptyTail(header);
  const broken = new Set(errors.map(({ row }) => row));
  const even = rows.filter(
    (cells, i) => !broken.has(i + 1) && cells.length >= columns && withoutEmptyTail(cells) <= columns,
  );
  return { delimiter, columns, share: even.length / Math.max(1, rows.length) };
}

/** The number of cells without empty ones at the end. */
function withoutEmptyTail(cells: readonly string[]): number {
  let length = cells.length;
  while (length > 0 && cells[length - 1]!.trim() === '') length--;
  return length;
}
