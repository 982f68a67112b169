import type { Labeling } from './labels.ts';
import type { LabelMethod, OutOfFold } from './method.ts';
import { checkOutOfFold, type KnownRows } from './out-of-fold.ts';
import { checkOption } from './support/errors.ts';
import { normalQuantile, studentQuantile } from './support/normal.ts';

/** How many labels are right, as far as labeled rows tell. */
export interface Precision {
  /** Share of right labels, in [0, 1]; undefined where no labeled row is like them. */
  readonly estimate: number | undefined;
  /** 0 and 1 where nothing is known. */
  readonly low: number;
  readonly high: number;
  /** Labels that it is about. */
  readonly labels: number;
  /** Labeled rows that it rests on. */
  readonly rows: number;
  /** How many independent rows these are worth, given groups and unequal weights. */
  readonly effectiveRows: number;
}

export interface ExpectedPrecision extends Precision {
  readonly confidence: number;
  /** By class, in their order. */
  readonly classes: readonly (Precision & { readonly name: string })[];
}

export interface ExpectedPrecisionOptions {
  readonly method: Pick<LabelMethod, 'name' | 'candidates'>;
  readonly labeling: Labeling;
  /** By the same teachers, calibrated alike, without the rows of the student's fold. */
  readonly outOfFold: OutOfFold;
  /** Of the intervals. Default 0.95. */
  readonly confidence?: number;
  /** Steps of confidence within which labels and labeled rows are compared. Default 10. */
  readonly bins?: number;
}

/**
 * The precision to expect of accepted labels: that of labeled rows at the same confidence. Labeled rows that the teachers
 * take for class c (by the same rule, agreement included) and that are as sure as the least sure accepted label of c are cut
 * into bins with equally many rows; each bin's share of right rows counts as much as accepted labels lie in it, so that
 * labels that lean to the threshold are not judged by rows that do not.
 *
 * The interval is Wilson's, for as many independent rows as these are worth: between the number that groups would be if
 * their rows were copies of one another, and the number of rows, by the variance between groups, less what so few groups
 * leave open about it. (A bootstrap over groups would call 20 right rows of 20 certain.) With fewer than about 20 groups it
 * still is somewhat too narrow. It holds for images like the labeled ones: what comes from elsewhere can be worse, which is
 * what domain distance tells.
 * @throws PodiumError `pseudo-out-of-fold`, `pseudo-setting`
 */
export function expectedPrecision({
  method,
  labeling,
  outOfFold,
  confidence = 0.95,
  bins = 10,
}: ExpectedPrecisionOptions): ExpectedPrecision {
  checkOption('confidence', confidence, 0.01, 0.9999);
  checkOption('bins', bins, 1, 1e4, true);
  const rows = checkOutOfFold('expected precision', method, outOfFold, labeling.classes);
  const parts = labeling.classes.map((name, k) => {
    const accepted = labeling.labels.filter(({ label }) => label === name).map((label) => label.confidence);
    return { name, labels: accepted.length, weighed: weigh(rows, k, accepted, bins) };
  });
  const total = labeling.labels.length;
  // Classes without any row like their labels are left out of the whole, which is about the others then.
  const covered = parts.filter(({ weighed }) => weighed.length > 0);
  const coveredLabels = covered.reduce((sum, part) => sum + part.labels, 0);
  const whole = covered.flatMap(({ labels, weighed }) =>
    weighed.map((row) => ({ ...row, weight: (row.weight * labels) / coveredLabels })),
  );
  return {
    ...interval(whole, total, confidence),
    confidence,
    classes: parts.map(({ name, labels, weighed }) => ({ name, ...interval(weighed, labels, confidence) })),
  };
}

interface WeighedRow {
  readonly right: number;
  /** Share of right rows in its bin. */
  readonly expected: number;
  /** All of a class sum to 1. */
  readonly weight: number;
  readonly group: string;
  /** Of all classes' bins, which one. */
  readonly bin: string;
}

/** Labeled rows of predicted class k with the weights that make them like the accepted labels of k. */
function weigh(
  { known, truth, groups }: KnownRows,
  k: number,
  accepted: readonly number[],
  bins: number,
): WeighedRow[] {
  const least = accepted.reduce((low, sure) => Math.min(low, sure), Number.POSITIVE_INFINITY);
  const like = [...known.ids.keys()]
    .filter((row) => known.top[row] === k && known.eligible[row] !== 0)
    .filter((row) => known.confidence[row]! >= least)
    .sort((a, b) => known.confidence[a]! - known.confidence[b]!);
  if (accepted.length === 0 || like.length === 0) return [];
  const count = Math.max(1, Math.min(bins, Math.floor(like.length / 5)));
  const edges = Array.from({ length: count - 1 }, (_, b) => {
    const at = like[Math.floor(((b + 1) * like.length) / count)]!;
    return known.confidence[at]!;
  });
  const binOf = (sure: number) => edges.filter((edge) => sure >= edge).length;
  const inBin = like.map((row) => binOf(known.confidence[row]!));
  const rowsOf = new Float64Array(count);
  const rightOf = new Float64Array(count);
  like.forEach((row, i) => {
    const bin = inBin[i]!;
    rowsOf[bin] = rowsOf[bin]! + 1;
    rightOf[bin] = rightOf[bin]! + Number(truth[row] === k);
  });
  const labelsOf = new Float64Array(count);
  // Equal confidences can leave a bin without rows; its labels belong to the next one below, which has some.
  for (const sure of accepted) {
    let bin = binOf(sure);
    while (rowsOf[bin] === 0 && bin > 0) bin--;
    while (rowsOf[bin] === 0) bin++;
    labelsOf[bin] = labelsOf[bin]! + 1;
  }
  return like.flatMap((row, i) => {
    const bin = inBin[i]!;
    const own = rowsOf[bin]!;
    const weight = labelsOf[bin]! / accepted.length / own;
    if (weight === 0) return [];
    return [
      {
        right: Number(truth[row] === k),
        expected: rightOf[bin]! / own,
        weight,
        group: groups?.[row] ?? known.ids[row]!,
        bin: `${k}/${bin}`,
      },
    ];
  });
}

/** Wilson's interval of a weighted share, with as many rows as its variance over groups is worth. */
function interval(rows: readonly WeighedRow[], labels: number, confidence: number): Precision {
  if (rows.length === 0) return { estimate: undefined, low: 0, high: 1, labels, rows: 0, effectiveRows: 0 };
  const byGroup = new Map<string, { weight: number; residual: number }>();
  let [share, squares] = [0, 0];
  for (const { right, expected, weight, group } of rows) {
    share += weight * right;
    squares += weight * weight;
    const sum = byGroup.get(group) ?? { weight: 0, residual: 0 };
    sum.weight += weight;
    sum.residual += weight * (right - expected);
    byGroup.set(group, sum);
  }
  // Weights sum to 1 but for rounding.
  const estimate = share > 1 - ROUNDING ? 1 : share;
  const groups = [...byGroup.values()];
  const groupSquares = groups.reduce((sum, { weight }) => sum + weight * weight, 0);
  // Groups and bins are few, and rows vary less around their own means than around the truth.
  const bins = new Set(rows.map(({ bin }) => bin)).size;
  const freedom = Math.max(1, groups.length - 1);
  const correction = (groups.length / freedom) * ((rows.length - 1) / rows.length);
  const binned = (rows.length - 1) / Math.max(1, rows.length - bins);
  const variance = correction * binned * groups.reduce((sum, { residual }) => sum + residual * residual, 0);
  const tail = (1 + confidence) / 2;
  const z = normalQuantile(tail);
  const [fewest, most] = [1 / groupSquares, 1 / squares];
  const spread = estimate * (1 - estimate);
  // Without any variance (all right) nothing tells how alike a group's rows are: then each group counts once.
  const worth = spread > 0 && variance > 0 ? spread / variance : fewest;
  const effective = Math.min(most, Math.max(fewest, worth));
  // How alike the rows of a group are is itself only known from so many groups (Korn and Graubard 1998).
  const unsure = groups.length < rows.length ? (z / studentQuantile(tail, freedom)) ** 2 : 1;
  const n = effective * unsure;
  const center = (estimate + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt(spread / n + (z * z) / (4 * n * n));
  return {
    estimate,
    low: Math.max(0, Math.min(estimate, center - half)),
    high: Math.min(1, Math.max(estimate, center + half)),
    labels,
    rows: rows.length,
    effectiveRows: n,
  };
}

const ROUNDING = 1e-12;
