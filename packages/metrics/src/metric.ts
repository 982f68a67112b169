import type { PredictionTask } from '@podium/core';
import { fail, type ScoredRows } from './scored-rows.ts';

/** A metric's value for rows of these weights `[N]`; NaN where it is not defined. */
export type WeightedScore = (weights: Float64Array) => number;

/** What a metric is made of. */
interface MetricParts {
  /** `f1-macro`. */
  readonly name: string;
  /** Whether higher or lower is better. */
  readonly direction: 'higher' | 'lower';
  /** The least and the largest value that it can take. */
  readonly range: readonly [least: number, most: number];
  /** Whether it looks at decided classes alone, or at probabilities. */
  readonly needs: 'classes' | 'probabilities';
  readonly tasks: readonly PredictionTask[];
  /**
   * Does once what does not depend on weights (losses of rows, orders by score), so that the thousand scores of a
   * bootstrap cost a pass over the rows each: a row drawn twice is a row of weight 2.
   */
  readonly prepare: (rows: ScoredRows) => WeightedScore;
}

/** A metric of classification, in float64. */
export interface Metric extends MetricParts {
  /**
   * The score of these rows under their own weights.
   * @throws PodiumError `metric-task` for rows of another task, `metric-undefined` where these rows have no such score.
   */
  readonly compute: (rows: ScoredRows) => number;
}

/** A {@link Metric} from its parts; `prepare` may then rely on the task. */
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
        message: `the metric "${parts.name}" is not defined for these ${rows.length} rows: it compares classes, and too few have true rows`,
        fix: 'score more rows at once (all folds pooled), or stratify the folds so that every class is in each',
      });
    },
  });
}

/** The weighted mean over rows of one number a row. */
export function meanOfRows(ofRow: ArrayLike<number>): WeightedScore {
  const values = Float64Array.from(ofRow);
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
