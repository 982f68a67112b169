import { classScores, FRACTIONS } from '../class-counts/class-average.ts';
import { prepareTallies } from '../class-counts/tallies.ts';
import type { ScoredRows } from '../scored-rows.ts';
import { type Interval, intervalOf } from './interval.ts';
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
 * undefined here (rather than 0); such resamples are ignored.
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
    const of = (kind: number) =>
      isDefined(resampled, kind * width + k)
        ? intervalOf(resampled, kind * width + k, name, options)
        : undefined;
    return { name, support: support[k]!, precision: of(0), recall: of(1), f1: of(2) };
  });
}

/** Whether `intervalOf` succeeds; for one class of many, failing is no error. */
function isDefined({ estimates, replicates }: Resampled, m: number): boolean {
  const values = replicates[m]!;
  const defined = values.filter((value) => !Number.isNaN(value)).length;
  return !Number.isNaN(estimates[m]!) && defined >= 2 && defined * 2 >= values.length;
}
