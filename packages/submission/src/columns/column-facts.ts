import type { SubmissionTable } from '../table.ts';

/** What a sample's column looks like. */
export interface ColumnFacts {
  readonly name: string;
  /** Different cells that are not empty, spaces around them removed. */
  readonly values: ReadonlySet<string>;
  /** Every cell that is not empty is a number, and there is one. */
  readonly numeric: boolean;
  /** All numbers, without fractions; `0.0` has none but is written as one, and so does not count. */
  readonly whole: boolean;
  readonly low: number;
  readonly high: number;
  /** Some cell holds more than one word. */
  readonly spaced: boolean;
  /** Words between spaces, of all cells. */
  readonly words: ReadonlySet<string>;
  /** Of the cell with the most. */
  readonly mostWords: number;
}

/** Looks at one column of a table. */
export function columnFacts(table: SubmissionTable, name: string): ColumnFacts {
  const at = table.columns.indexOf(name);
  const values = new Set<string>();
  for (const { cells } of table.rows) {
    const cell = cells[at]!.trim();
    if (cell !== '') values.add(cell);
  }
  const words = new Set<string>();
  let mostWords = 0;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let numeric = values.size > 0;
  let whole = numeric;
  for (const value of values) {
    const own = value.split(/\s+/);
    mostWords = Math.max(mostWords, own.length);
    for (const word of own) words.add(word);
    if (!Number.isFinite(Number(value))) numeric = false;
    if (!/^[+-]?\d+$/.test(value)) whole = false;
    low = Math.min(low, Number(value));
    high = Math.max(high, Number(value));
  }
  return { name, values, numeric, whole, low, high, spaced: mostWords > 1, words, mostWords };
}
