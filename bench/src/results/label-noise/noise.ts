import type { Predictions, Rng } from '@podium/core';
import type { DigitSet } from '../digits/train.ts';

/** Some rows of a set, a share of them with labels that are wrong on purpose. */
export interface NoisyRows {
  /** With the labels as given: some wrong. */
  readonly rows: DigitSet['train'];
  /** Indices into the classes. */
  readonly given: readonly number[];
  /** Of the rows whose label was changed. */
  readonly planted: ReadonlySet<number>;
}

/** Draws rows, and gives a share of them one of the other labels, each as likely. */
export function plantNoise(set: DigitSet, count: number, share: number, rng: Rng): NoisyRows {
  const head = set.heads[0]!;
  const drawn = rng.split('rows').sample(set.train, count);
  const changed = rng.split('which').sample(drawn.keys(), Math.round(share * drawn.length));
  const planted = new Set(changed);
  const labels = rng.split('labels');
  const given = drawn.map(({ labels: own }) => head.classes.indexOf(own[head.name] as string));
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

/** How well flagged rows are those that were planted. */
export interface Found {
  readonly flagged: number;
  readonly precision: number;
  readonly recall: number;
}

/** Counts what was found of the planted rows. */
export function countFound(flagged: readonly number[], planted: ReadonlySet<number>): Found {
  const right = flagged.filter((row) => planted.has(row)).length;
  return { flagged: flagged.length, precision: right / flagged.length, recall: right / planted.size };
}

/** The share of rows whose most probable class is the label. */
export function accuracyOf({ values, classes }: Predictions, labels: readonly number[]): number {
  const width = classes.length;
  const right = labels.filter((label, row) => {
    const own = values.subarray(row * width, (row + 1) * width);
    return own.indexOf(Math.max(...own)) === label;
  });
  return right.length / labels.length;
}
