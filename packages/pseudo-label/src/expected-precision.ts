import { normalQuantile, studentQuantile, wilson } from '@podium/core';
import { checkOption } from './check-option.ts';
import { checkOutOfFold, type LabeledCandidates } from './check-out-of-fold.ts';
import type { LabelMethod, OutOfFold } from './method.ts';
import type { PseudoLabelSet } from './pseudo-label-set.ts';
import { successionRate } from './succession-rate.ts';

/** Estimated share of correct pseudo labels. */
export interface Precision {
  /** In (0, 1), never certain: see `successionRate`. Undefined if no labeled row is comparable. */
  readonly estimate: number | undefined;
  /** 0 and 1 if nothing is known. */
  readonly low: number;
  readonly high: number;
  /** Number of pseudo labels. */
  readonly labels: number;
  /** Number of labeled rows that it is based on. */
  readonly rows: number;
  /** The number of independent rows that are worth as much, given groups and unequal weights. */
  readonly effectiveRows: number;
}

export interface ExpectedPrecision extends Precision {
  readonly confidence: number;
  /** By class, in order. */
  readonly classes: readonly (Precision & { readonly name: string })[];
}

export interface ExpectedPrecisionOptions {
  readonly method: Pick<LabelMethod, 'name' | 'candidates'>;
  readonly labelSet: PseudoLabelSet;
  /** By the same teachers, with the same calibration, without the rows of the student's fold. */
  readonly outOfFold: OutOfFold;
  /** Confidence of the intervals. Default 0.95. */
  readonly confidence?: number;
  /** Number of bins of confidence in which labels and labeled rows are compared. Default 10. */
  readonly bins?: number;
}

/**
 * The expected precision of accepted labels: that of labeled rows with the same confidence. Labeled rows that are predicted as
 * class c (by the same rule, including agreement), with at least the lowest accepted confidence of c, are divided into bins
 * with equal numbers of rows. Each bin's share of correct rows is weighted by the number of accepted labels in it, since
 * labels near the threshold are less often correct. By the rule of succession, rows that are all right show less than 100 %.
 *
 * The interval is Wilson's for the effective number of independent rows: between the number of groups (if the rows of a group
 * are copies of one another) and the number of rows, by the variance between groups, with a correction for few groups. (A
 * bootstrap over groups would call 20 correct rows of 20 certain.) With fewer than about 20 groups it is still somewhat too
 * narrow. It holds for images like the labeled ones; see the domain distance for images from other sources.
 * @throws PodiumError `pseudo-out-of-fold`, `pseudo-setting`
 */
export function expectedPrecision({
  method,
  labelSet,
  outOfFold,
  confidence = 0.95,
  bins = 10,
}: ExpectedPrecisionOptions): ExpectedPrecision {
  checkOption('confidence', confidence, { min: 0.01, max: 0.9999 });
  checkOption('bins', bins, { min: 1, max: 1e4, integer: true });
  const rows = checkOutOfFold('expected precision', method, outOfFold, labelSet.classes);
  const parts = labelSet.classes.map((name, k) => {
    const accepted = labelSet.labels.filter(({ label }) => label === name).map((label) => label.confidence);
    return { name, labels: accepted.length, weighted: weightRows(rows, k, accepted, bins) };
  });
  const total = labelSet.labels.length;
  // The overall estimate leaves out classes without comparable rows.
  const covered = parts.filter(({ weighted }) => weighted.length > 0);
  const coveredLabels = covered.reduce((sum, part) => sum + part.labels, 0);
  const whole = covered.flatMap(({ labels, weighted }) =>
    weighted.map((row) => ({ ...row, weight: (row.weight * labels) / coveredLabels })),
  );
  return {
    ...interval(whole, total, confidence),
    confidence,
    classes: parts.map(({ name, labels, weighted }) => ({
      name,
      ...interval(weighted, labels, confidence),
    })),
  };
}

interface WeightedRow {
  /** 1 if it is predicted correctly, else 0. */
  readonly correct: number;
  /** Share of correct rows in its bin. */
  readonly expected: number;
  /** Weights of a class have sum 1. */
  readonly weight: number;
  readonly group: string;
  /** Identifies the bin among those of all classes. */
  readonly bin: string;
}

/** Labeled rows that are predicted as class k, weighted to match the confidence of k's accepted labels. */
function weightRows(
  { candidates, truth, groups }: LabeledCandidates,
  k: number,
  accepted: readonly number[],
  bins: number,
): WeightedRow[] {
  const { ids, top, confidence, eligible } = candidates;
  const lowest = accepted.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const comparable = [...ids.keys()]
    .filter((row) => top[row] === k && eligible[row] !== 0)
    .filter((row) => confidence[row]! >= lowest)
    .sort((a, b) => confidence[a]! - confidence[b]!);
  if (accepted.length === 0 || comparable.length === 0) return [];
  const count = Math.max(1, Math.min(bins, Math.floor(comparable.length / 5)));
  const edges = Array.from({ length: count - 1 }, (_, b) => {
    const row = comparable[Math.floor(((b + 1) * comparable.length) / count)]!;
    return confidence[row]!;
  });
  const binOf = (value: number) => edges.filter((edge) => value >= edge).length;
  const inBin = comparable.map((row) => binOf(confidence[row]!));
  const rowsOf = new Float64Array(count);
  const correctOf = new Float64Array(count);
  comparable.forEach((row, i) => {
    const bin = inBin[i]!;
    rowsOf[bin] = rowsOf[bin]! + 1;
    correctOf[bin] = correctOf[bin]! + Number(truth[row] === k);
  });
  const labelsOf = new Float64Array(count);
  // Ties can leave a bin without rows; its labels count in the nearest lower bin that has some.
  for (const value of accepted) {
    let bin = binOf(value);
    while (rowsOf[bin] === 0 && bin > 0) bin--;
    while (rowsOf[bin] === 0) bin++;
    labelsOf[bin] = labelsOf[bin]! + 1;
  }
  return comparable.flatMap((row, i) => {
    const bin = inBin[i]!;
    const rows = rowsOf[bin]!;
    const weight = labelsOf[bin]! / accepted.length / rows;
    if (weight === 0) return [];
    return [
      {
        correct: Number(truth[row] === k),
        expected: correctOf[bin]! / rows,
        weight,
        group: groups?.[row] ?? ids[row]!,
        bin: `${k}/${bin}`,
      },
    ];
  });
}

/** Wilson's interval of a weighted share, for the effective number of rows. */
function interval(rows: readonly WeightedRow[], labels: number, confidence: number): Precision {
  if (rows.length === 0) return { estimate: undefined, low: 0, high: 1, labels, rows: 0, effectiveRows: 0 };
  const byGroup = new Map<string, { weight: number; residual: number }>();
  let [share, squares] = [0, 0];
  for (const { correct, expected, weight, group } of rows) {
    share += weight * correct;
    squares += weight * weight;
    const sum = byGroup.get(group) ?? { weight: 0, residual: 0 };
    sum.weight += weight;
    sum.residual += weight * (correct - expected);
    byGroup.set(group, sum);
  }
  // Weights have sum 1 up to rounding.
  const observed = share > 1 - ROUNDING ? 1 : share;
  const groups = [...byGroup.values()];
  const groupSquares = groups.reduce((sum, { weight }) => sum + weight * weight, 0);
  // Corrections for few groups, and for bins whose means are estimated from the same rows.
  const bins = new Set(rows.map(({ bin }) => bin)).size;
  const freedom = Math.max(1, groups.length - 1);
  const correction = (groups.length / freedom) * ((rows.length - 1) / rows.length);
  const binned = (rows.length - 1) / Math.max(1, rows.length - bins);
  const variance = correction * binned * groups.reduce((sum, { residual }) => sum + residual * residual, 0);
  const tail = (1 + confidence) / 2;
  const z = normalQuantile(tail);
  const [min, max] = [1 / groupSquares, 1 / squares];
  const spread = observed * (1 - observed);
  // Without variance (all rows correct) the correlation within groups is unknown, so each group counts once.
  const estimated = spread > 0 && variance > 0 ? spread / variance : min;
  const effective = Math.min(max, Math.max(min, estimated));
  // That correlation is itself estimated from few groups (Korn and Graubard 1998).
  const fewGroups = groups.length < rows.length ? (z / studentQuantile(tail, freedom)) ** 2 : 1;
  const n = effective * fewGroups;
  return {
    estimate: successionRate(observed * n, n),
    ...wilson(observed, n, confidence),
    labels,
    rows: rows.length,
    effectiveRows: n,
  };
}

const ROUNDING = 1e-12;
