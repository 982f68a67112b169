import type { Rng } from '@podium/core';

/** Rows to deal out, in the order of their ids, so that a table's order changes nothing. */
export interface FoldInput {
  /** Which classes each row has: one for a single-label head, any number for a multi-label one. */
  readonly labels: readonly (readonly number[])[];
  readonly classes: number;
  /** Each row's group, 0 .. groups - 1; every row its own where there are none. */
  readonly groupOf: Int32Array;
  readonly groups: number;
}

/** One way to deal rows out to folds. */
export interface FoldMethod {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** Whether it keeps groups whole. */
  readonly keepsGroups: boolean;
  /** Whether it takes rows of several classes. */
  readonly takesMultiLabel: boolean;
  /** @returns each row's fold, 0 .. folds - 1. */
  readonly deal: (input: FoldInput, folds: number, rng: Rng) => Int32Array;
}
