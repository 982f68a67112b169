/** Weight of the folds' sizes compared with one class. */
const SIZE_WEIGHT = 0.05;

/** The classes of a group's rows, and the number of rows of each. */
export interface GroupCounts {
  readonly classes: Int32Array;
  readonly counts: Float64Array;
  readonly size: number;
}

/**
 * The balance of groups in folds, updated as groups move. The cost is that of scikit-learn's StratifiedGroupKFold (the mean
 * over classes of the standard deviation over folds of the class's share in a fold), plus a small term for the folds'
 * sizes.
 */
export class Balance {
  readonly #folds: number;
  readonly #totals: Float64Array;
  readonly #rows: number;
  readonly #present: number;
  /** `[folds, classes]`. */
  readonly #counts: Float64Array;
  readonly #sizes: Float64Array;
  /** Per class: the sum over folds of squared counts, which gives the deviation. */
  readonly #squares: Float64Array;
  #sizeSquares = 0;

  constructor(groups: readonly GroupCounts[], classes: number, folds: number) {
    this.#folds = folds;
    this.#totals = new Float64Array(classes);
    for (const { classes: labels, counts } of groups) {
      for (const [k, label] of labels.entries()) this.#totals[label] = this.#totals[label]! + counts[k]!;
    }
    this.#rows = groups.reduce((sum, { size }) => sum + size, 0);
    this.#present = Math.max(1, this.#totals.filter((total) => total > 0).length);
    this.#counts = new Float64Array(folds * classes);
    this.#sizes = new Float64Array(folds);
    this.#squares = new Float64Array(classes);
  }

  size(fold: number): number {
    return this.#sizes[fold]!;
  }

  add(group: GroupCounts, fold: number): void {
    this.#change(group, fold, 1);
  }

  remove(group: GroupCounts, fold: number): void {
    this.#change(group, fold, -1);
  }

  /** The cost of these groups' classes and of the sizes, to compare before and after a change. */
  costOf(a: GroupCounts, b?: GroupCounts): number {
    let cost = SIZE_WEIGHT * this.#deviation(this.#sizeSquares, this.#rows);
    for (const label of a.classes) cost += this.#classCost(label);
    if (b !== undefined)
      for (const label of b.classes) if (!a.classes.includes(label)) cost += this.#classCost(label);
    return cost;
  }

  cost(): number {
    let cost = SIZE_WEIGHT * this.#deviation(this.#sizeSquares, this.#rows);
    for (let label = 0; label < this.#totals.length; label++) cost += this.#classCost(label);
    return cost;
  }

  #classCost(label: number): number {
    const total = this.#totals[label]!;
    return total === 0 ? 0 : this.#deviation(this.#squares[label]!, total) / this.#present;
  }

  /** Standard deviation over folds of `count / total`, whose mean is `1 / folds`. */
  #deviation(squares: number, total: number): number {
    return Math.sqrt(Math.max(0, squares / (total * total) / this.#folds - 1 / (this.#folds * this.#folds)));
  }

  #change({ classes, counts, size }: GroupCounts, fold: number, sign: 1 | -1): void {
    const width = this.#totals.length;
    for (let k = 0; k < classes.length; k++) {
      const label = classes[k]!;
      const at = fold * width + label;
      const before = this.#counts[at]!;
      const after = before + sign * counts[k]!;
      this.#counts[at] = after;
      this.#squares[label] = this.#squares[label]! + after * after - before * before;
    }
    const before = this.#sizes[fold]!;
    const after = before + sign * size;
    this.#sizes[fold] = after;
    this.#sizeSquares += after * after - before * before;
  }
}
