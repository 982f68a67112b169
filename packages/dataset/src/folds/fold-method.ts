import type { Rng } from '@podium/core';

/** The rows to assign, sorted by id, so that the order of a table does not matter. */
export interface FoldInput {
  /** Classes per row: one for a single-label head, any number for a multi-label head, a bin by size for regression. */
  readonly labels: readonly (readonly number[])[];
  readonly classes: number;
  /** Group per row, 0 .. groups - 1; without groups, every row is its own. */
  readonly groupOf: Int32Array;
  readonly groups: number;
}

/** A method that assigns rows to folds. */
export interface FoldMethod {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** Whether it keeps groups together. */
  readonly keepsGroups: boolean;
  /** Whether it supports several classes per row. */
  readonly supportsMultiLabel: boolean;
  /** @returns the fold of each row, 0 .. folds - 1 */
  readonly assign: (input: FoldInput, folds: number, rng: Rng) => Int32Array;
}
