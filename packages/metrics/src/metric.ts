import { fail, type PredictionTask } from '@podium/core';
import type { ScoredRows } from './scored-rows.ts';

/** A metric's value for rows with these weights `[N]`; NaN if it is undefined. */
export type WeightedScore = (weights: Float64Array) => number;

/** The parts of a metric that {@link defineMetric} takes. */
export interface MetricParts {
  /** `f1-macro` */
  readonly name: string;
  /** As reports call it: `Macro F1`. */
  readonly title: string;
  /** What it measures, in one plain sentence. */
  readonly meaning: string;
  /** Whether higher or lower is better. */
  readonly direction: 'higher' | 'lower';
  /** Smallest and largest possible value. */
  readonly range: readonly [min: number, max: number];
  /** Whether it depends on predicted classes only, on probabilities, or, for regression, on numbers. */
  readonly needs: 'classes' | 'probabilities' | 'numbers';
  readonly tasks: readonly PredictionTask[];
  /**
   * Computes once what does not depend on weights (losses of rows, orders by score), so that each of a bootstrap's
   * thousands of scores costs one pass over the rows. A row that is drawn twice is a row with weight 2.
   */
  readonly prepare: (rows: ScoredRows) => WeightedScore;
}

/** A metric of classes or of numbers, computed in float64. */
export interface Metric extends MetricParts {
  /**
   * The score of these rows under their own weights.
   * @throws PodiumError `metric-task` for rows of another task, `metric-undefined` if these rows have no score
   */
  readonly compute: (rows: ScoredRows) => number;
}

/**
 * Creates a {@link Metric}. `prepare` is only called for rows of one of the metric's tasks.
 *
 * @example
 * const accuracy = defineMetric({
 *   name: 'accuracy',
 *   title: 'Accuracy',
 *   meaning: 'The share of images whose class is predicted correctly; 1 is perfect.',
 *   direction: 'higher',
 *   range: [0, 1],
 *   needs: 'classes',
 *   tasks: ['single-label'],
 *   prepare: ({ truth, predicted }) => meanOfRows(truth.map((label, row) => Number(label === predicted[row]))),
 * });
 */
export function defineMetric(parts: MetricParts): Metric {
  const prepare = (rows: ScoredRows): WeightedScore => {
    if (parts.tasks.includes(rows.task)) return parts.prepare(rows);
    return fail({
      code: 'metric-task',
      message: `the metric "${parts.name}" does not apply to these rows`,
      expected: parts.tasks.join(' or '),
      got: rows.task,
    });
  };
  return Object.freeze({
    ...parts,
    prepare,
    compute: (rows: ScoredRows): number => {
      const score = prepare(rows)(rows.weights);
      if (!Number.isNaN(score)) return score;
      return fail({
        code: 'metric-undefined',
        message: `the metric "${parts.name}" is undefined for these ${rows.length} rows: ${rows.task === 'regression' ? 'the true or predicted numbers do not vary' : 'too few classes have true rows'}`,
        fix:
          rows.task === 'regression'
            ? 'score more rows at once (all folds pooled), or use rmse or mae, which are always defined'
            : 'score more rows at once (all folds pooled), or stratify the folds so that each contains every class',
      });
    },
  });
}

/** The weighted mean over rows of one number per row. */
export function meanOfRows(ofRow: ArrayLike<number>): WeightedScore {
  const values = ofRow instanceof Float64Array ? ofRow : new Float64Array(ofRow);
  return (weights) => {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < values.length; i++) {
      const weight = weights[i]!;
      sum += weight * values[i]!;
      total += weight;
    }
    return sum / total;
  };
}
