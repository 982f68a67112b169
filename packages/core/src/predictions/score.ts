import type { Predictions } from './predictions.ts';

/** What a score is computed from: `Predictions`, or its fields with float64 values and perhaps without ids. */
export interface Scorable extends Pick<Predictions, 'classes' | 'kind' | 'task'> {
  /** `[N,K]` row by row. */
  readonly values: Float32Array | Float64Array;
  readonly ids?: readonly string[];
  readonly folds?: Int32Array;
  readonly groups?: readonly string[];
}

/**
 * A metric as a function of predictions and truth: what ensembles are fitted to and judged by. `scoreOf` of
 * `@podium/metrics` makes one of any metric.
 */
export interface Score {
  /** `f1-macro` */
  readonly name: string;
  /** Whether higher or lower is better. */
  readonly direction: 'higher' | 'lower';
  /**
   * The score of these rows. `truth` holds class indices `[N]` in the rows' order; for regression, numbers `[N,K]`. NaN if
   * it is undefined.
   */
  readonly score: (truth: Int32Array | Float64Array, rows: Scorable) => number;
}
