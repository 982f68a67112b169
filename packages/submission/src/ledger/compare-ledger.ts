import type { LedgerRow } from './ledger.ts';

/** With fewer leaderboard scores, a correlation means nothing. */
const MIN_SCORES = 4;

/** The interval of the score difference of two runs on the same rows: `b` minus `a`. */
export interface PairedDifference {
  readonly low: number;
  readonly high: number;
}

type Paired = (a: LedgerRow, b: LedgerRow) => PairedDifference | undefined;

export interface RankedRun {
  readonly row: LedgerRow;
  /** By cross-validation, 1 is best; equal scores share a rank. */
  readonly rank: number;
  /** By leaderboard score, if it has one. */
  readonly publicRank: number | undefined;
  readonly privateRank: number | undefined;
  /** The difference from the best run is within noise; undefined without intervals. */
  readonly withinNoise: boolean | undefined;
  /** Compares it with the best run, in one sentence. */
  readonly verdict: string;
}

/** How closely leaderboard scores follow cross-validation. */
export interface LeaderboardCorrelation {
  /** Spearman's rank correlation, -1 to 1. */
  readonly rho: number;
  /** Runs with both scores. */
  readonly runs: number;
}

export interface LedgerComparison {
  readonly metric: string | undefined;
  readonly direction: 'higher' | 'lower';
  /** Best cross-validation score first. */
  readonly ranked: readonly RankedRun[];
  /** Runs without a score, or with another metric. */
  readonly unranked: readonly LedgerRow[];
  /** Undefined for fewer than four scores, or if they are all equal. */
  readonly public: LeaderboardCorrelation | undefined;
  readonly private: LeaderboardCorrelation | undefined;
}

/**
 * Ranks runs by cross-validation, and compares each with the best.
 *
 * A difference is within noise if its interval contains 0. `paired` may know that interval from the out-of-fold
 * predictions of both runs. Otherwise the two scores' intervals are combined as if their rows were independent: the
 * squares of the half widths add up. Runs share their rows, so this is too wide, and what it calls different is different.
 * @param options.metric default: that of the last row with a metric
 */
export function compareLedger(
  rows: readonly LedgerRow[],
  options: { readonly metric?: string; readonly paired?: Paired } = {},
): LedgerComparison {
  const metric = options.metric ?? rows.findLast((row) => row.metric !== undefined)?.metric;
  const comparable = rows.filter((row) => row.cv !== undefined && (row.metric ?? metric) === metric);
  const direction = comparable.findLast((row) => row.direction !== undefined)?.direction ?? 'higher';
  const sign = direction === 'higher' ? -1 : 1;
  const sorted = comparable.toSorted((a, b) => sign * (a.cv! - b.cv!) || (a.run < b.run ? -1 : 1));
  const rankBy = (key: 'cv' | 'public' | 'private', row: LedgerRow) => {
    const score = row[key];
    if (score === undefined) return undefined;
    return 1 + comparable.filter((other) => sign * ((other[key] ?? score) - score) < 0).length;
  };
  const ranked = sorted.map((row): RankedRun => {
    const best = sorted[0]!;
    const isBest = row === best;
    const difference = isBest ? undefined : differenceFrom(best, row, options.paired);
    const withinNoise = isBest ? true : difference && difference.low <= 0 && difference.high >= 0;
    return {
      row,
      rank: rankBy('cv', row)!,
      publicRank: rankBy('public', row),
      privateRank: rankBy('private', row),
      withinNoise,
      verdict: isBest ? 'best by cross-validation' : verdictOf(row, best, withinNoise, difference),
    };
  });
  return {
    metric,
    direction,
    ranked,
    unranked: rows.filter((row) => !comparable.includes(row)),
    public: correlationWith('public', comparable),
    private: correlationWith('private', comparable),
  };
}

/** Spearman's rank correlation: Pearson's of the ranks, with mean ranks for ties. NaN if one side is constant. */
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
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

function correlationWith(
  key: 'public' | 'private',
  rows: readonly LedgerRow[],
): LeaderboardCorrelation | undefined {
  const scored = rows.filter((row) => row[key] !== undefined);
  if (scored.length < MIN_SCORES) return undefined;
  const rho = spearman(
    scored.map(({ cv }) => cv!),
    scored.map((row) => row[key]!),
  );
  return Number.isNaN(rho) ? undefined : { rho, runs: scored.length };
}

/** Of `b` minus `a`. */
function differenceFrom(
  a: LedgerRow,
  b: LedgerRow,
  paired: Paired | undefined,
): PairedDifference | undefined {
  const known = paired?.(a, b);
  if (known !== undefined) return known;
  if (a.low === undefined || a.high === undefined || b.low === undefined || b.high === undefined)
    return undefined;
  const difference = b.cv! - a.cv!;
  return {
    low: difference - Math.hypot(b.cv! - b.low, a.high - a.cv!),
    high: difference + Math.hypot(b.high - b.cv!, a.cv! - a.low),
  };
}

function verdictOf(
  row: LedgerRow,
  best: LedgerRow,
  withinNoise: boolean | undefined,
  difference: PairedDifference | undefined,
): string {
  const change = row.cv! - best.cv!;
  const relation =
    change === 0 ? 'equal to' : `${rounded(Math.abs(change))} ${change > 0 ? 'above' : 'below'}`;
  const comparison = `${relation} ${best.run}`;
  if (withinNoise === undefined || difference === undefined)
    return `${comparison}; without intervals, this may be noise`;
  const interval = `difference ${rounded(difference.low)} to ${rounded(difference.high)}`;
  return `${comparison}: ${withinNoise ? 'within noise' : 'more than noise'} (${interval})`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
