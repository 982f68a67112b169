import type { SubmissionTable } from '../csv/submission-table.ts';

/** What the cells of a column look like. Empty cells are ignored. */
export interface ColumnSummary {
  readonly name: string;
  /** Distinct trimmed cells. */
  readonly values: ReadonlySet<string>;
  /** Every cell is a number, and there is at least one. */
  readonly isNumeric: boolean;
  /** Every cell is written as an integer; `0.0` is not. */
  readonly isInteger: boolean;
  readonly min: number;
  readonly max: number;
  /** Words of all cells, split at spaces. */
  readonly words: ReadonlySet<string>;
  /** Words in the cell with the most. */
  readonly maxWords: number;
}

export function summarizeColumn(table: SubmissionTable, name: string): ColumnSummary {
  const position = table.columns.indexOf(name);
  const values = new Set<string>();
  for (const { cells } of table.rows) {
    const cell = cells[position]!.trim();
    if (cell !== '') values.add(cell);
  }
  const words = new Set<string>();
  let maxWords = 0;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let isNumeric = values.size > 0;
  let isInteger = isNumeric;
  for (const value of values) {
    const parts = value.split(/\s+/);
    maxWords = Math.max(maxWords, parts.length);
    for (const word of parts) words.add(word);
    if (!Number.isFinite(Number(value))) isNumeric = false;
    if (!/^[+-]?\d+$/.test(value)) isInteger = false;
    min = Math.min(min, Number(value));
    max = Math.max(max, Number(value));
  }
  return { name, values, isNumeric, isInteger, min, max, words, maxWords };
}
