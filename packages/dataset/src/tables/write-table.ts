import { FORMULA, PodiumError, type WriteOptions, writeFileAtomic } from '@podium/core';
import Papa from 'papaparse';

const CHUNK_ROWS = 1000;

interface WritingOptions {
  /**
   * People open this file: in front of cells that a spreadsheet would run as formulas stands an apostrophe. Programs read such
   * a cell with `formulaRead`. Default: cells are written as they are.
   */
  readonly forPeople?: boolean;
}

/**
 * A table as CSV text, in chunks: UTF-8, commas, `\n` after every row, quotes only where needed. Numbers are written in
 * JavaScript's shortest form, independent of the locale.
 * @throws PodiumError `table-write` for a row of the wrong length, or a number that is not finite
 */
export function* tableText(
  columns: readonly string[],
  rows: Iterable<readonly (string | number)[]>,
  { forPeople = false }: WritingOptions = {},
): Generator<string, void> {
  const csv = (part: readonly (readonly (string | number)[])[]) => csvText(part, forPeople);
  yield csv([columns]);
  let batch: (readonly (string | number)[])[] = [];
  let count = 0;
  for (const row of rows) {
    count++;
    checkRow(row, columns, count);
    batch.push(row);
    if (batch.length < CHUNK_ROWS) continue;
    yield csv(batch);
    batch = [];
  }
  if (batch.length > 0) yield csv(batch);
}

/** Writes {@link tableText} to a file, atomically. */
export async function writeTable(
  path: string,
  columns: readonly string[],
  rows: Iterable<readonly (string | number)[]>,
  { forPeople, ...options }: WritingOptions & WriteOptions = {},
): Promise<void> {
  const text = tableText(columns, rows, forPeople === undefined ? {} : { forPeople });
  await writeFileAtomic(path, text, options);
}

function csvText(rows: readonly (readonly (string | number)[])[], forPeople: boolean): string {
  const escapeFormulae = forPeople && FORMULA;
  return `${Papa.unparse(rows as (string | number)[][], { newline: '\n', delimiter: ',', escapeFormulae })}\n`;
}

function checkRow(row: readonly (string | number)[], columns: readonly string[], count: number): void {
  const invalid = row.findIndex((cell) => typeof cell === 'number' && !Number.isFinite(cell));
  if (row.length === columns.length && invalid === -1) return;
  throw new PodiumError({
    code: 'table-write',
    message: `row ${count} cannot be written`,
    expected:
      invalid === -1
        ? `${columns.length} cells (${columns.join(', ')})`
        : `a finite number in "${columns[invalid]}"`,
    got: String(invalid === -1 ? row.length : row[invalid]),
  });
}
