import { parseNumber } from '../csv/parse-number.ts';
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
  /** Every cell is a whole number; `0.0` is one. */
  readonly isWhole: boolean;
  readonly min: number;
  readonly max: number;
  /** Words of all cells, split at spaces. */
  readonly words: ReadonlySet<string>;
  /** Words in the cell with the most. */
  readonly maxWords: number;
}

/** @param isNothing whether a cell counts as empty */
export function summarizeColumn(
  table: SubmissionTable,
  name: string,
  isNothing: (cell: string) => boolean = () => false,
): ColumnSummary {
  const position = table.columns.indexOf(name);
  const values = new Set<string>();
  for (const { cells } of table.rows) {
    const cell = cells[position]!.trim();
    if (cell !== '' && !isNothing(cell)) values.add(cell);
  }
  const words = new Set<string>();
  let maxWords = 0;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let isNumeric = values.size > 0;
  let [isInteger, isWhole] = [isNumeric, isNumeric];
  for (const value of values) {
    const parts = value.split(/\s+/);
    maxWords = Math.max(maxWords, parts.length);
    for (const word of parts) words.add(word);
    const number = parseNumber(value);
    if (Number.isNaN(number)) isNumeric = false;
    if (!Number.isInteger(number)) isWhole = false;
    if (!/^[+-]?\d+$/.test(value)) isInteger = false;
    min = Math.min(min, number);
    max = Math.max(max, number);
  }
  return { name, values, isNumeric, isInteger, isWhole, min, max, words, maxWords };
}
