import type { Predictions } from '@podium/core';
import { probabilitiesOf } from './support/members.ts';

/** What a score looks at: `Predictions`, or its fields with values in float64. Rows are in the order of the truth. */
export interface Scorable
  extends Pick<Predictions, 'ids' | 'classes' | 'kind' | 'task' | 'folds' | 'groups'> {
  /** `[N, K]` row by row. */
  readonly values: Float32Array | Float64Array;
}

/**
 * What is optimized and reported: usually a metric of `@podium/metrics`, wrapped:
 * `{ ...metric, score: (truth, rows) => metric.compute(scoreRows(rows, truth)) }`.
 */
export interface Score {
  /** `f1-macro`. */
  readonly name: string;
  /** Whether higher or lower is better. */
  readonly direction: 'higher' | 'lower';
  /** The score of these rows; `truth` holds class indices `[N]`. */
  readonly score: (truth: Int32Array, rows: Scorable) => number;
}

/** Macro F1 over the classes that are true or decided somewhere, as scikit-learn counts them. Fast enough to search with. */
export const macroF1: Score = {
  name: 'f1-macro',
  direction: 'higher',
  score: (truth, { values, classes }) => {
    const width = classes.length;
    const hits = new Uint32Array(width);
    const trues = new Uint32Array(width);
    const decided = new Uint32Array(width);
    for (let row = 0; row < truth.length; row++) {
      const best = largestOf(values, row * width, width);
      const label = truth[row]!;
      trues[label] = trues[label]! + 1;
      decided[best] = decided[best]! + 1;
      if (best === label) hits[best] = hits[best]! + 1;
    }
    return macroF1Of(hits, trues, decided);
  },
};

/** The share of rows whose largest value is at the true class. */
export const accuracy: Score = {
  name: 'accuracy',
  direction: 'higher',
  score: (truth, { values, classes }) => {
    let hits = 0;
    for (let row = 0; row < truth.length; row++) {
      if (largestOf(values, row * classes.length, classes.length) === truth[row]) hits++;
    }
    return hits / truth.length;
  },
};

/** The mean of -log p(truth), nothing below float32's epsilon: scikit-learn's log_loss of float32 values. */
export const logLoss: Score = {
  name: 'log-loss',
  direction: 'lower',
  score: (truth, rows) => {
    const { classes } = rows;
    const values = rows.kind === 'logits' ? probabilitiesOf(rows) : rows.values;
    let sum = 0;
    for (let row = 0; row < truth.length; row++) {
      const p = values[row * classes.length + truth[row]!]!;
      sum -= Math.log(Math.min(1, Math.max(p, FLOAT32_EPSILON)));
    }
    return sum / truth.length;
  },
};

const FLOAT32_EPSILON = 2 ** -23;

/** Whether `a` is better than `b`; NaN is worse than everything. */
export function isBetter({ direction }: Score, a: number, b: number): boolean {
  if (Number.isNaN(a)) return false;
  if (Number.isNaN(b)) return true;
  return direction === 'higher' ? a > b : a < b;
}

/** How much better `a` is than `b`: positive is better in either direction. */
export function advantage({ direction }: Score, a: number, b: number): number {
  return direction === 'higher' ? a - b : b - a;
}

/** The column of the largest of `width` values from `at` on, the first of equals. */
export function largestOf(values: ArrayLike<number>, at: number, width: number): number {
  let best = 0;
  let most = values[at]!;
  for (let k = 1; k < width; k++) {
    const value = values[at + k]!;
    if (value > most) {
      most = value;
      best = k;
    }
  }
  return best;
}

/** Macro F1 from counts a class. */
export function macroF1Of(
  hits: ArrayLike<number>,
  trues: ArrayLike<number>,
  decided: ArrayLike<number>,
): number {
  let sum = 0;
  let present = 0;
  for (let k = 0; k < hits.length; k++) {
    const total = trues[k]! + decided[k]!;
    if (total === 0) continue;
    present++;
    sum += (2 * hits[k]!) / total;
  }
  return present === 0 ? Number.NaN : sum / present;
}
