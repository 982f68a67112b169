import type { Predictions, Rng } from '@podium/core';
import type { DigitSet } from '../digits/train.ts';

/** Rows of a data set, some with planted label errors. */
export interface NoisyRows {
  /** With the given labels, some wrong. */
  readonly rows: DigitSet['train'];
  /** Indices into the classes. */
  readonly given: readonly number[];
  /** Indices of rows whose label was changed. */
  readonly planted: ReadonlySet<number>;
}

/** Draws rows, and gives a share of them another label, uniformly at random. */
export function plantNoise(set: DigitSet, count: number, share: number, rng: Rng): NoisyRows {
  const head = set.heads[0]!;
  const drawn = rng.split('rows').sample(set.train, count);
  const changed = rng.split('which').sample(drawn.keys(), Math.round(share * drawn.length));
  const planted = new Set(changed);
  const labels = rng.split('labels');
  const given = drawn.map((row) => head.classes.indexOf(row.labels[head.name] as string));
  for (const row of changed) {
    const other = labels.int(head.classes.length - 1);
    given[row] = other < given[row]! ? other : other + 1;
  }
  const rows = drawn.map((row, i) => ({
    ...row,
    labels: { [head.name]: head.classes[given[i]!]! },
  }));
  return { rows, given, planted };
}

/** How well flagged rows match the planted ones. */
export interface Found {
  readonly flagged: number;
  readonly precision: number;
  readonly recall: number;
}

/** Precision and recall of flagged rows. */
export function countFound(flagged: readonly number[], planted: ReadonlySet<number>): Found {
  const found = flagged.filter((row) => planted.has(row)).length;
  return { flagged: flagged.length, precision: found / flagged.length, recall: found / planted.size };
}

/** The share of rows whose likeliest class is the label. */
export function accuracyOf({ values, classes }: Predictions, labels: readonly number[]): number {
  const width = classes.length;
  const correct = labels.filter((label, row) => {
    const p = values.subarray(row * width, (row + 1) * width);
    return p.indexOf(Math.max(...p)) === label;
  });
  return correct.length / labels.length;
}
