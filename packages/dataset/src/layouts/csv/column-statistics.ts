/** A column with more different values has no classes. */
const MAX_CLASSES = 20_000;

/** Statistics of a column's cells, in bounded memory. */
export class ColumnStatistics {
  readonly name: string;
  rows = 0;
  empty = 0;
  numeric = true;
  whole = true;
  within01 = true;
  /** Number of cells by value, up to a limit; then `overflow`. */
  readonly values: Map<string, number> = new Map();
  readonly tokens: Set<string> = new Set();
  spaced = false;
  overflow = false;

  constructor(name: string) {
    this.name = name;
  }

  add(cell: string): void {
    const text = cell.trim();
    this.rows++;
    if (text === '') {
      this.empty++;
      return;
    }
    const seen = this.values.get(text);
    if (seen !== undefined) {
      this.values.set(text, seen + 1);
      return;
    }
    const value = Number(text);
    if (!Number.isFinite(value)) this.numeric = false;
    else {
      if (!Number.isInteger(value)) this.whole = false;
      if (value < 0 || value > 1) this.within01 = false;
    }
    if (this.values.size >= MAX_CLASSES) {
      this.overflow = true;
      return;
    }
    this.values.set(text, 1);
    if (!text.includes(' ')) this.tokens.add(text);
    else {
      this.spaced = true;
      for (const token of text.split(' ')) if (token !== '') this.tokens.add(token);
    }
  }

  /** Only zeros and ones. */
  get binary(): boolean {
    return this.numeric && this.within01 && this.whole && this.rows > this.empty;
  }

  /** Fractions, or nearly as many different numbers as rows: a measurement, not a class. */
  get regressionLike(): boolean {
    if (!this.numeric || this.values.size === 0) return false;
    if (this.overflow || !this.whole) return true;
    return this.values.size > 50 && this.values.size > (this.rows - this.empty) / 3;
  }

  /** Few words in many combinations: several labels per cell. */
  get tokenLike(): boolean {
    return this.spaced && !this.numeric && !this.overflow && this.tokens.size <= this.values.size / 2;
  }
}
