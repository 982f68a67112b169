/** What the values are: probabilities, or a model's outputs before softmax (single-label) or sigmoid (multi-label). */
export type PredictionKind = 'probabilities' | 'logits';

/** Whether each row has exactly one class, or each class is true or false on its own. */
export type PredictionTask = 'single-label' | 'multi-label';

/** The fields of {@link Predictions}. */
export interface PredictionsParts {
  /** One id per row, all different. */
  readonly ids: readonly string[];
  /** One name per column, all different, at least one. */
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
