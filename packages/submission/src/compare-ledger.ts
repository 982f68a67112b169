import type { LedgerRow } from './ledger.ts';

/** Fewer leaderboard scores say nothing about how they follow cross-validation. */
const FEWEST_SCORES = 4;

/** A difference of two runs' scores over the same rows (`compareModels`): `b` minus `a`. */
export interface PairedDifference {
  readonly low: number;
  readonly high: number;
}

/** A run among others of the same metric. */
interface RankedRun {
  readonly row: LedgerRow;
  /** By cross-validation, 1 the best; equal scores share a rank. */
  readonly rank: number;
  /** By leaderboard score, where it has one. */
  readonly publicRank: number | undefined;
  readonly privateRank: number | undefined;
  /** This data does not tell it from the best one; undefined where there is no interval to say so. */
  readonly withinNoise: boolean | undefined;
  /** One sentence on how it compares with the best one. */
  readonly verdict: string;
}

/** How leaderboard scores follow cross-validation. */
interface Correlation {
  /** Spearman's, -1 to 1. */
  readonly rho: number;
  /** Runs that have both scores. */
  readonly runs: number;
}

/** What the ledger says about its runs. */
export interface LedgerComparison {
  readonly metric: string | undefined;
  readonly direction: 'higher' | 'lower';
  /** The best by cross-validation first. */
  readonly ranked: readonly RankedRun[];
  /** Runs without a score, or of another metric. */
  readonly unranked: readonly LedgerRow[];
  /** Undefined below four scores, or where they are all alike. */
  readonly public: Correlation | undefined;
  readonly private: Correlation | undefined;
}

/**
 * Ranks runs by cross-validation and says which of them the data does not tell from the best.
 *
 * Two scores are within noise where the interval of their difference holds 0. `paired` knows that interval for runs whose
 * out-of-fold predictions are there. Else it is made of both intervals, as if they were of independent rows: the half
 * widths' squares add up. Runs are scored on the same rows, so that is too wide: what it calls different is different.
 * @param options.metric default: that of the last row that has one
 */
export function compareWithNoise(
  rows: readonly LedgerRow[],
  options: {
    readonly metric?: string;
    readonly paired?: (a: LedgerRow, b: LedgerRow) => PairedDifference | undefined;
  } = {},
): LedgerComparison {
  const metric = options.metric ?? rows.findLast((row) => row.metric !== undefined)?.metric;
  const comparable = rows.filter((row) => row.cv !== undefined && (row.metric ?? metric) === metric);
  const direction = comparable.findLast((row) => row.direction !== undefined)?.direction ?? 'higher';
  const sign = direction === 'higher' ? -1 : 1;
  const sorted = comparable.toSorted((a, b) => sign * (a.cv! - b.cv!) || (a.run < b.run ? -1 : 1));
  const rankBy = (key: 'cv' | 'public' | 'private', row: LedgerRow) => {
    const own = row[key];
    if (own === undefined) return undefined;
    return 1 + comparable.filter((other) => sign * ((other[key] ?? own) - own) < 0).length;
  };
  const ranked = sorted.map((row): RankedRun => {
    const best = sorted[0]!;
    const difference = row === best ? undefined : differenceOf(best, row, options.paired);
    const withinNoise = row === best ? true : difference && difference.low <= 0 && difference.high >= 0;
    return {
      row,
      rank: rankBy('cv', row)!,
      publicRank: rankBy('public', row),
      privateRank: rankBy('private', row),
      withinNoise,
      verdict: row === best ? 'the best by cross-validation' : verdictOf(row, best, withinNoise, difference),
    };
  });
  return {
    metric,
    direction,
    ranked,
    unranked: rows.filter((row) => !comparable.includes(row)),
    public: correlationOf(comparable, 'public'),
    private: correlationOf(comparable, 'private'),
  };
}

/**
 * Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of theirs. NaN where one side is
 * all alike.
 */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (const [i, rank] of x.entries()) {
    const [dx, dy] = [rank - mean, y[i]! - mean];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const same = values.filter((other) => other === value).length;
    return below + (same + 1) / 2;
  });
}

function correlationOf(rows: readonly LedgerRow[], key: 'public' | 'private'): Correlation | undefined {
  const both = rows.filter((row) => row[key] !== undefined);
  if (both.length < FEWEST_SCORES) return undefined;
  const rho = spearman(
    both.map(({ cv }) => cv!),
    both.map((row) => row[key]!),
  );
  return Number.isNaN(rho) ? undefined : { rho, runs: both.length };
}

/** Of `row` minus `best`. */
function differenceOf(
  best: LedgerRow,
  row: LedgerRow,
  paired: ((a: LedgerRow, b: LedgerRow) => PairedDifference | undefined) | undefined,
): PairedDifference | undefined {
  const known = paired?.(best, row);
  if (known !== undefined) return known;
  const [a, b] = [best, row];
  if (a.low === undefined || a.high === undefined || b.low === undefined || b.high === undefined)
    return undefined;
  const [own, other] = [b.cv!, a.cv!];
  const difference = own - other;
  return {
    low: difference - Math.hypot(own - b.low, a.high - other),
    high: difference + Math.hypot(b.high - own, other - a.low),
  };
}

function verdictOf(
  row: LedgerRow,
  best: LedgerRow,
  withinNoise: boolean | undefined,
  difference: PairedDifference | undefined,
): string {
  const change = row.cv! - best.cv!;
  const what = `${rounded(Math.abs(change))} ${change === 0 ? 'apart from' : change > 0 ? 'above' : 'below'} ${best.run}`;
  if (withinNoise === undefined || difference === undefined)
    return `${what}; without intervals nobody can say whether that is noise`;
  const interval = `difference ${rounded(difference.low)} to ${rounded(difference.high)}`;
  return withinNoise ? `${what}: within noise (${interval})` : `${what}: more than noise (${interval})`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
