import { PodiumError, writeFileAtomic } from '@podium/core';
import Papa from 'papaparse';

const ROWS_AT_ONCE = 1000;

/**
 * A table as CSV text, in pieces: UTF-8, commas, `\n` behind every row, quotes where a cell needs them. Numbers are
 * written as JavaScript's shortest, which no locale changes.
 * @throws PodiumError `table-write` for a row of another length than the header, or a number that is not finite.
 */
export function* tableText(
  columns: readonly string[],
  rows: Iterable<readonly (string | number)[]>,
): Generator<string, void> {
  yield csv([columns]);
  let batch: (readonly (string | number)[])[] = [];
  let count = 0;
  for (const row of rows) {
    count++;
    checkRow(row, columns, count);
    batch.push(row);
    if (batch.length < ROWS_AT_ONCE) continue;
    yield csv(batch);
    batch = [];
  }
  if (batch.length > 0) yield csv(batch);
}

/** Writes {@link tableText} to a file, whole or not at all. */
export async function writeTable(
  path: string,
  columns: readonly string[],
  rows: Iterable<readonly (string | number)[]>,
): Promise<void> {
  await writeFileAtomic(path, tableText(columns, rows));
}

function csv(rows: readonly (readonly (string | number)[])[]): string {
  return `${Papa.unparse(rows as (string | number)[][], { newline: '\n', delimiter: ',' })}\n`;
}

function checkRow(row: readonly (string | number)[], columns: readonly string[], count: number): void {
  const bad = row.findIndex((cell) => typeof cell === 'number' && !Number.isFinite(cell));
  if (row.length === columns.length && bad === -1) return;
  throw new PodiumError({
    code: 'table-write',
    message: `row ${count} cannot be written`,
    expected:
      bad === -1 ? `${columns.length} cells (${columns.join(', ')})` : `a finite number in "${columns[bad]}"`,
    got: String(bad === -1 ? row.length : row[bad]),
  });
}
