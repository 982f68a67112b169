import { fail, type Predictions } from '@podium/core';
import { checkTruth } from '../members/check-truth.ts';
import { probabilitiesOf } from '../members/probabilities.ts';
import { confidentClasses, confidentJoint, confidentThresholds, TOLERANCE } from './confident-joint.ts';

/**
 * Which rows to flag, by cleanlab's names. `prune-by-noise-rate`: for each pair of classes, as many rows as the joint
 * estimates, those with the largest margin; `prune-by-class`: for each class, those with the lowest probability of their
 * label; `both`: rows that both flag; `confident-learning`: rows that are counted off the joint's diagonal.
 */
export type LabelFilter = 'prune-by-noise-rate' | 'prune-by-class' | 'both' | 'confident-learning';

export interface ConfidentLearningOptions {
  /** Default: prune-by-noise-rate. */
  readonly filter?: LabelFilter;
  /** Order of the issues. Default: self-confidence, the probability of the given label. */
  readonly rankBy?: 'self-confidence' | 'normalized-margin';
}

/** A row with a label that is likely wrong. */
export interface LabelIssue {
  readonly row: number;
  readonly id: string;
  /** Class names. */
  readonly given: string;
  /** The most probable class. */
  readonly suggested: string;
  /** The label's quality in [0, 1], by `rankBy`. */
  readonly quality: number;
  /** The probability of the given label. */
  readonly selfConfidence: number;
  /** (selfConfidence - the largest probability of another class + 1) / 2. */
  readonly margin: number;
}

export interface ConfidentLearning {
  /** `[K]` */
  readonly thresholds: readonly number[];
  /** `[K][K]`: number of rows labeled i that are estimated to belong to class j. */
  readonly joint: readonly (readonly number[])[];
  /** The likeliest errors first. */
  readonly issues: readonly LabelIssue[];
  /** The estimated share of wrong labels: the joint's share off the diagonal. */
  readonly noise: number;
}

/**
 * Finds likely label errors from out-of-fold predictions (Northcutt, Jiang and Chuang, Confident Learning, JAIR 2021), with
 * the results of cleanlab's find_label_issues except for the order of ties. Predictions of a model that was trained on the
 * rows' labels would hide the errors.
 * @param truth the given labels, class indices `[N]`
 * @throws PodiumError `ensemble-truth`, `ensemble-task`; `ensemble-members` for fewer than two classes
 */
export function confidentLearning(
  truth: ArrayLike<number>,
  outOfFold: Predictions,
  { filter = 'prune-by-noise-rate', rankBy = 'self-confidence' }: ConfidentLearningOptions = {},
): ConfidentLearning {
  const labels = checkTruth(truth, outOfFold);
  const { classes, ids } = outOfFold;
  const width = classes.length;
  if (width < 2) {
    fail({
      code: 'ensemble-members',
      message: 'finding label errors',
      expected: 'at least two classes',
      got: String(width),
    });
  }
  const values = probabilitiesOf(outOfFold);
  const at = (row: number, k: number): number => values[row * width + k]!;
  const thresholds = confidentThresholds(labels, values, width);
  const confident = confidentClasses(values, thresholds);
  const joint = confidentJoint(labels, confident, width);

  const flagged = new Uint8Array(labels.length);
  if (filter === 'confident-learning') {
    confident.forEach((k, row) => {
      if (k >= 0 && k !== labels[row]) flagged[row] = 1;
    });
  } else {
    const prune = joint.map(keepOne);
    const byRate = filter === 'prune-by-class' ? undefined : pruneByNoiseRate(labels, prune, at);
    const byClass = filter === 'prune-by-noise-rate' ? undefined : pruneByClass(labels, prune, at);
    flagged.forEach((_, row) => {
      flagged[row] = Number((byRate?.[row] ?? 1) === 1 && (byClass?.[row] ?? 1) === 1);
    });
  }

  const issues: LabelIssue[] = [];
  labels.forEach((label, row) => {
    if (flagged[row] === 0) return;
    let top = -1;
    let other = -1;
    for (let k = 0; k < width; k++) {
      // The given label wins ties.
      const value = at(row, k) + (k === label ? TOLERANCE : 0);
      if (top < 0 || value > at(row, top) + (top === label ? TOLERANCE : 0)) top = k;
      if (k !== label && (other < 0 || at(row, k) > at(row, other))) other = k;
    }
    if (top === label) return;
    const selfConfidence = at(row, label);
    const margin = (selfConfidence - at(row, other) + 1) / 2;
    issues.push({
      row,
      id: ids[row]!,
      given: classes[label]!,
      suggested: classes[top]!,
      quality: rankBy === 'self-confidence' ? selfConfidence : margin,
      selfConfidence,
      margin,
    });
  });
  issues.sort((a, b) => a.quality - b.quality || a.margin - b.margin || a.row - b.row);
  const right = joint.reduce((sum, row, k) => sum + row[k]!, 0);
  return { thresholds: [...thresholds], joint, issues, noise: 1 - right / labels.length };
}

/**
 * Keeps at least one row of each given class: if the joint keeps none, the other counts of its row are lowered evenly and
 * rounded down, as in cleanlab.
 */
function keepOne(counts: readonly number[], given: number): readonly number[] {
  const lacking = 1 - counts[given]!;
  if (lacking <= 0) return counts;
  const others = Math.max(1, counts.filter((count) => count !== 0).length - 1);
  return counts.map((count, k) => (k === given ? 1 : Math.max(0, Math.floor(count - lacking / others))));
}

function rowsOf(labels: Int32Array, k: number): number[] {
  return Array.from(labels.keys()).filter((row) => labels[row] === k);
}

function pruneByNoiseRate(
  labels: Int32Array,
  joint: readonly (readonly number[])[],
  at: (row: number, k: number) => number,
): Uint8Array {
  const flagged = new Uint8Array(labels.length);
  joint.forEach((counts, given) => {
    const rows = rowsOf(labels, given);
    if (rows.length <= 1) return;
    counts.forEach((count, k) => {
      if (k === given || count === 0) return;
      const margin = (row: number): number => at(row, k) - at(row, given);
      const order = [...rows].sort((a, b) => margin(b) - margin(a) || a - b);
      for (const row of order.slice(0, count)) flagged[row] = 1;
    });
  });
  return flagged;
}

function pruneByClass(
  labels: Int32Array,
  joint: readonly (readonly number[])[],
  at: (row: number, k: number) => number,
): Uint8Array {
  const flagged = new Uint8Array(labels.length);
  joint.forEach((counts, given) => {
    const rows = rowsOf(labels, given);
    if (rows.length <= 1) return;
    const order = rows.sort((a, b) => at(a, given) - at(b, given) || a - b);
    for (const row of order.slice(0, rows.length - counts[given]!)) flagged[row] = 1;
  });
  return flagged;
}
