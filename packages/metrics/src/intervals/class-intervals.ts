import { classScores, FRACTIONS } from '../class-counts/class-average.ts';
import { prepareTallies } from '../class-counts/tallies.ts';
import type { ScoredRows } from '../scored-rows.ts';
import { type Interval, intervalOf, isConstant, uncertain } from './interval.ts';
import { type BootstrapOptions, type Resampled, resample } from './resample.ts';

/** The scores of one class with intervals, which are undefined for classes that are too rare. */
export interface ClassIntervals {
  readonly name: string;
  /** Weight of its true rows. */
  readonly support: number;
  readonly precision: Interval | undefined;
  readonly recall: Interval | undefined;
  readonly f1: Interval | undefined;
}

const KINDS = ['precision', 'recall', 'f1'] as const;

/**
 * Precision, recall and F1 of every class with intervals, from the same resamples. A fraction with denominator 0 is
 * undefined here (rather than 0); such resamples are ignored. Where a score is the same in all resamples, the interval is
 * Wilson's for the groups (or rows) that the score counts: a recall of 0 of 8 is 0 to 0.32. That of F1 comes from the
 * proportion J = hits / (predicted or true), since F1 = 2 J / (1 + J).
 * @throws PodiumError `metric-interval`, `metric-option`, as `bootstrap` does
 */
export function classIntervals(rows: ScoredRows, options: BootstrapOptions): ClassIntervals[] {
  const tally = prepareTallies(rows);
  const width = rows.classes.length;
  const all = new Float64Array(KINDS.length * width);
  const support = tally(rows.weights).actual.slice();
  const resampled = resample(
    rows,
    (weights) => {
      const tallies = tally(weights);
      KINDS.forEach((kind, i) => {
        all.set(classScores(tallies, FRACTIONS[kind], Number.NaN), i * width);
      });
      return all;
    },
    options,
  );
  return rows.classes.map((name, k) => {
    const of = (kind: number) => {
      if (!isDefined(resampled, kind * width + k)) return undefined;
      const interval = intervalOf(resampled, kind * width + k, name, options);
      if (!isConstant(interval)) return interval;
      const units = unitsOfClass(rows, k, COUNTED[kind]!);
      return KINDS[kind] === 'f1' ? uncertainF1(interval, units) : uncertain(interval, [0, 1], units);
    };
    return { name, support: support[k]!, precision: of(0), recall: of(1), f1: of(2) };
  });
}

/** Which rows of a class each of `KINDS` counts: predicted ones, true ones, or both. */
const COUNTED: readonly (readonly ('truth' | 'predicted')[])[] = [
  ['predicted'],
  ['truth'],
  ['truth', 'predicted'],
];

function uncertainF1(interval: Interval, units: number): Interval {
  const jaccard = (f1: number) => f1 / (2 - f1);
  const f1 = (share: number) => (2 * share) / (1 + share);
  const { low, high } = uncertain(
    { ...interval, estimate: jaccard(interval.estimate), low: 0, high: 0 },
    [0, 1],
    units,
  );
  return {
    ...interval,
    low: Math.min(interval.estimate, f1(low)),
    high: Math.max(interval.estimate, f1(high)),
  };
}

/** Number of groups (or rows) among the rows that have class k as one of `kinds`. */
function unitsOfClass(rows: ScoredRows, k: number, kinds: readonly ('truth' | 'predicted')[]): number {
  const { task, classes, weights, groups, length } = rows;
  const has = (kind: 'truth' | 'predicted', row: number) =>
    task === 'single-label' ? rows[kind][row] === k : rows[kind][row * classes.length + k] === 1;
  const units = new Set<string | number>();
  for (let row = 0; row < length; row++)
    if (weights[row]! > 0 && kinds.some((kind) => has(kind, row))) units.add(groups?.[row] ?? row);
  return units.size;
}

/** Whether `intervalOf` succeeds; for one class of many, failing is no error. */
function isDefined({ estimates, replicates }: Resampled, m: number): boolean {
  const values = replicates[m]!;
  const defined = values.filter((value) => !Number.isNaN(value)).length;
  return !Number.isNaN(estimates[m]!) && defined >= 2 && defined * 2 >= values.length;
}
