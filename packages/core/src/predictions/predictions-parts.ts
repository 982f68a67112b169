/**
 * What the values are: probabilities; a model's outputs before softmax (single-label) or sigmoid (multi-label); or, for
 * regression and nothing else, numbers in the units of the table.
 */
export type PredictionKind = 'probabilities' | 'logits' | 'numbers';

/** Whether each row has exactly one class, each class is true or false on its own, or each column is a number. */
export type PredictionTask = 'single-label' | 'multi-label' | 'regression';

/** The fields of {@link Predictions}. */
export interface PredictionsParts {
  /** One id per row, all different. */
  readonly ids: readonly string[];
  /** One name per column, all different, at least one. For regression: what each number is, `age`. */
  readonly classes: readonly string[];
  /** `[N,K]` row by row: `values[i * K + k]` belongs to `ids[i]` and `classes[k]`. */
  readonly values: Float32Array;
  readonly kind: PredictionKind;
  /** Default: single-label. */
  readonly task?: PredictionTask;
  /** `[N]`, for out-of-fold predictions: the row's fold, whose model was trained without the row. */
  readonly folds?: Int32Array;
  /** `[N]`: what rows share (a person, a scene), for intervals by group and consistency within groups. */
  readonly groups?: readonly string[];
}
