import { fail, studentQuantile } from '@podium/core';
import type { Metric } from '../metric.ts';
import { type ScoredRows, selectRows } from '../scored-rows.ts';
import { bootstrap } from './bootstrap.ts';
import type { Interval } from './interval.ts';
import type { BootstrapOptions } from './resample.ts';

export interface FoldScore {
  readonly fold: number;
  readonly rows: number;
  readonly score: number;
}

/** The scores of a cross-validation. */
export interface CrossValidation {
  readonly folds: readonly FoldScore[];
  /** Mean over folds. */
  readonly mean: number;
  /** Standard deviation over folds (divided by k - 1). */
  readonly spread: number;
  /** Interval of the mean by Student's t, widened because folds share training rows (Nadeau & Bengio 2003). */
  readonly low: number;
  readonly high: number;
  /** The score of all out-of-fold rows together, with its bootstrap interval. Prefer it for macro averages. */
  readonly pooled: Interval;
}

/**
 * Scores out-of-fold rows by fold and pooled.
 * @throws PodiumError `metric-folds` for rows without folds or with fewer than two; `metric-undefined` naming a fold whose
 * rows have no score; what `bootstrap` throws
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
      fix: 'mark the predictions of each fold with withFold(k), and concatenate them with Predictions.concat()',
    });
  }
  const folds = numbers.map((fold) => scoreFold(rows, metric, fold));
  const k = folds.length;
  const mean = folds.reduce((sum, { score }) => sum + score, 0) / k;
  const variance = folds.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / (k - 1);
  // 1 / k for k scores, plus test rows over training rows, 1 / (k - 1), for the rows that the models share.
  const error = Math.sqrt(variance * (1 / k + 1 / (k - 1)));
  const half = variance === 0 ? 0 : studentQuantile((1 + (options.confidence ?? 0.95)) / 2, k - 1) * error;
  const pooled = bootstrap(rows, metric, options);
  return { folds, mean, spread: Math.sqrt(variance), low: mean - half, high: mean + half, pooled };
}

function scoreFold(rows: ScoredRows, metric: Metric, fold: number): FoldScore {
  const picked = Array.from({ length: rows.length }, (_, row) => row).filter(
    (row) => rows.folds?.[row] === fold,
  );
  const selected = selectRows(rows, picked);
  const score = metric.prepare(selected)(selected.weights);
  if (!Number.isNaN(score)) return { fold, rows: picked.length, score };
  return fail({
    code: 'metric-undefined',
    message: `the metric "${metric.name}" is undefined for the ${picked.length} rows of fold ${fold}`,
    fix: 'stratify the folds so that each contains every class, or report only the pooled score',
  });
}
