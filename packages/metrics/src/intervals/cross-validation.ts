import type { Metric } from '../metric.ts';
import { fail, type ScoredRows, selectRows } from '../scored-rows.ts';
import { bootstrap } from './bootstrap.ts';
import type { Interval } from './interval.ts';
import { studentQuantile } from './normal.ts';
import type { BootstrapOptions } from './resample.ts';

export interface FoldScore {
  readonly fold: number;
  readonly rows: number;
  readonly score: number;
}

/** What cross-validation says about a model. */
export interface CrossValidation {
  readonly folds: readonly FoldScore[];
  /** Mean over folds. */
  readonly mean: number;
  /** Standard deviation over folds (of k - 1). */
  readonly spread: number;
  /** Of the mean, by Student's t with the variance enlarged for folds that share their training rows (Nadeau & Bengio 2003). */
  readonly low: number;
  readonly high: number;
  /** The score of all out-of-fold rows together, with its bootstrap interval: the one to trust for macro averages. */
  readonly pooled: Interval;
}

/**
 * Scores out-of-fold rows fold by fold and pooled.
 * @throws PodiumError `metric-folds` where the rows have no folds or fewer than two; `metric-undefined` naming the fold
 * whose rows have no such score; what `bootstrap` throws.
 */
export function crossValidation(
  rows: ScoredRows,
  metric: Metric,
  options: BootstrapOptions,
): CrossValidation {
  const numbers = [...new Set(rows.folds)].sort((a, b) => a - b);
  if (rows.folds === undefined || numbers.length < 2) {
    fail({
      code: 'metric-folds',
      message: 'cross-validation needs the fold of every row',
      expected: 'at least two folds',
      got: rows.folds === undefined ? 'none' : String(numbers.length),
      fix: 'mark predictions by withFold(k) and put them together by Predictions.concat()',
    });
  }
  const folds = numbers.map((fold) => scoreFold(rows, metric, fold));
  const k = folds.length;
  const mean = folds.reduce((sum, { score }) => sum + score, 0) / k;
  const variance = folds.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / (k - 1);
  // 1 / k for k scores, and test rows over training rows, 1 / (k - 1), for what their models share.
  const error = Math.sqrt(variance * (1 / k + 1 / (k - 1)));
  const half = variance === 0 ? 0 : studentQuantile((1 + (options.confidence ?? 0.95)) / 2, k - 1) * error;
  const pooled = bootstrap(rows, metric, options);
  return { folds, mean, spread: Math.sqrt(variance), low: mean - half, high: mean + half, pooled };
}

function scoreFold(rows: ScoredRows, metric: Metric, fold: number): FoldScore {
  const picked = Array.from({ length: rows.length }, (_, row) => row).filter(
    (row) => rows.folds?.[row] === fold,
  );
  const own = selectRows(rows, picked);
  const score = metric.prepare(own)(own.weights);
  if (!Number.isNaN(score)) return { fold, rows: picked.length, score };
  return fail({
    code: 'metric-undefined',
    message: `the metric "${metric.name}" is not defined for the ${picked.length} rows of fold ${fold}`,
    fix: 'stratify the folds so that every class is in each, or report the pooled score alone',
  });
}
