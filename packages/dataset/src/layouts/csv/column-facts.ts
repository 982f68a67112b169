import { flagOf, hasDecimalComma, numberOf } from './cell-number.ts';

/** A column with more different values has no classes. */
const MAX_CLASSES = 20_000;
/** More different whole numbers than this need a reason to be classes. */
const FEW_NUMBERS = 50;
/** Rows from which a label of its own for every row is suspicious. */
const MANY_ROWS = 20;

/** What the cells of a column are like, in bounded memory. Cells are trimmed. */
export class ColumnFacts {
  readonly name: string;
  rows = 0;
  empty = 0;
  /** By value, up to a limit: the number of cells, and the line of the first. */
  readonly values: Map<string, { count: number; readonly line: number }> = new Map();
  overflow = false;
  #numbers = true;
  #whole = true;
  #in01 = true;
  #flags = true;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  decimalCommas = false;

  constructor(name: string) {
    this.name = name;
  }

  add(cell: string, line: number): void {
    const text = cell.trim();
    this.rows++;
    if (text === '') {
      this.empty++;
      return;
    }
    const seen = this.values.get(text);
    if (seen !== undefined) {
      seen.count++;
      return;
    }
    const value = numberOf(text);
    if (value === undefined) this.#numbers = false;
    else {
      if (!Number.isInteger(value)) this.#whole = false;
      if (hasDecimalComma(text)) this.decimalCommas = true;
      this.#min = Math.min(this.#min, value);
      this.#max = Math.max(this.#max, value);
    }
    const flag = flagOf(text);
    if (flag === undefined || flag < 0 || flag > 1) this.#in01 = false;
    if (flag !== 0 && flag !== 1) this.#flags = false;
    if (this.values.size >= MAX_CLASSES) this.overflow = true;
    else this.values.set(text, { count: 1, line });
  }

  get labeled(): number {
    return this.rows - this.empty;
  }

  /** Only numbers. */
  get isNumeric(): boolean {
    return this.#numbers && this.labeled > 0;
  }

  /** Only whole numbers. */
  get isWhole(): boolean {
    return this.isNumeric && this.#whole;
  }

  /** Only numbers from 0 to 1, or true and false. */
  get isShare(): boolean {
    return this.#in01 && this.labeled > 0;
  }

  /** Only 0 and 1, or true and false. */
  get isFlag(): boolean {
    return this.#flags && this.labeled > 0;
  }

  /** Fractions, or nearly as many different numbers as rows: a measurement, not a class. */
  get isMeasurement(): boolean {
    if (!this.isNumeric) return false;
    if (this.overflow || !this.#whole) return true;
    if (this.values.size <= FEW_NUMBERS || this.values.size <= this.labeled / 3) return false;
    // Numbers of classes leave none out, and every class has several images.
    const isDense = this.#max - this.#min + 1 === this.values.size && (this.#min === 0 || this.#min === 1);
    return !(isDense && [...this.values.values()].every(({ count }) => count > 1));
  }

  /** Every row has a value of its own, as names and notes have. */
  get isUnique(): boolean {
    return this.labeled >= MANY_ROWS && (this.overflow || this.values.size === this.labeled);
  }
}
