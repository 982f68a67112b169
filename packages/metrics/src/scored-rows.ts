import { argmax, fail, type PredictionTask, type Scorable, sigmoid, softmaxInPlace } from '@podium/core';

export interface ScoreOptions {
  /** `[N]`, finite, >= 0, not all 0: scikit-learn's sample_weight. A row with weight 0 is ignored. */
  readonly weights?: ArrayLike<number>;
  /** Multi-label: a class is predicted if its probability is above this; one for all, or one per class. Default 0.5. */
  readonly thresholds?: number | readonly number[];
  /** Regression: `[K]`, finite, >= 0, not all 0; for metrics that weight columns. Default: all 1. */
  readonly columnWeights?: readonly number[] | undefined;
}

/** The numbers of a regression head for N rows and K columns. */
export interface NumberRows {
  /** `[N,K]` */
  readonly truth: Float64Array;
  /** `[N,K]` */
  readonly predicted: Float32Array | Float64Array;
  /** `[K]`, for metrics that weight columns; the others count all of them alike. Default: all 1. */
  readonly columnWeights: Float64Array;
}

/** Predictions and their truth, checked: what metrics are computed from. */
export interface ScoredRows {
  readonly task: PredictionTask;
  readonly classes: readonly string[];
  /** N */
  readonly length: number;
  /** Single-label: class indices `[N]`; multi-label: 0 or 1 `[N,K]`; regression: empty. */
  readonly truth: Int32Array;
  /** `[N,K]`; regression: the predicted numbers, as in `numbers`. */
  readonly probabilities: Float32Array | Float64Array;
  /** Regression: what is true, what is predicted, and what the columns weigh. Otherwise empty. */
  readonly numbers: NumberRows;
  /** Predicted classes in the form of `truth`: the largest value, the first of equals; multi-label, what is above its threshold. */
  readonly predicted: Int32Array;
  /** `[N]`; default: all 1. */
  readonly weights: Float64Array;
  readonly ids: readonly string[] | undefined;
  readonly folds: Int32Array | undefined;
  readonly groups: readonly string[] | undefined;
}

/**
 * Combines predictions with their truth. For truth as a table of ids and labels, use `alignTruth`.
 * @param truth in the rows' order; single-label: class indices `[N]`; multi-label: 0 or 1 `[N,K]`; regression: finite numbers
 * `[N,K]`
 * @throws PodiumError `metric-no-rows`; `metric-truth` naming the row and its id; `metric-weights`,
 * `metric-thresholds`, `metric-predictions` for lengths that do not match
 *
 * @example
 * const rows = scoreRows(predictions, [0, 2, 1]);
 * f1().compute(rows);
 */
export function scoreRows(
  predictions: Scorable,
  truth: ArrayLike<number>,
  options: ScoreOptions = {},
): ScoredRows {
  const length = checkShape(predictions);
  checkTruth(predictions, truth, length);
  const weights = weightsOf(options.weights, length);
  if (predictions.task === 'regression') {
    const columnWeights = columnWeightsOf(options.columnWeights, predictions.classes);
    return uncheckedRows(predictions, Float64Array.from(truth), weights, 0.5, columnWeights);
  }
  return uncheckedRows(predictions, Int32Array.from(truth), weights, options.thresholds);
}

/** {@link scoreRows} without checks and copies, for searches that score the same rows again and again. */
export function uncheckedRows(
  predictions: Scorable,
  truth: Int32Array | Float64Array,
  weights: Float64Array,
  thresholds: number | readonly number[] = 0.5,
  columnWeights: Float64Array = new Float64Array(predictions.classes.length).fill(1),
): ScoredRows {
  const { classes, task, ids, folds, groups, values } = predictions;
  const probabilities = toProbabilities(predictions);
  const limits = task === 'multi-label' ? thresholdsOf(thresholds, classes) : new Float64Array(0);
  let predicted: Int32Array | undefined;
  return Object.freeze({
    task,
    classes,
    length: weights.length,
    truth: truth instanceof Int32Array ? truth : NO_CLASSES,
    probabilities,
    numbers: truth instanceof Int32Array ? NO_NUMBERS : { truth, predicted: values, columnWeights },
    // Only when needed: metrics of probabilities do without.
    get predicted() {
      predicted ??=
        task === 'single-label'
          ? largestOfRows(values, classes.length)
          : task === 'multi-label'
            ? above(probabilities, limits)
            : NO_CLASSES;
      return predicted;
    },
    weights,
    ids,
    folds,
    groups,
  });
}

const NO_CLASSES = new Int32Array(0);
const NO_NUMBERS: NumberRows = Object.freeze({
  truth: new Float64Array(0),
  predicted: new Float64Array(0),
  columnWeights: new Float64Array(0),
});

/** The rows with these numbers, in this order. */
export function selectRows(rows: ScoredRows, picked: readonly number[]): ScoredRows {
  const width = rows.classes.length;
  const wide = (array: Int32Array, step: number) =>
    Int32Array.from({ length: picked.length * step }, (_, i) => {
      return array[picked[Math.floor(i / step)]! * step + (i % step)]!;
    });
  const step = rows.task === 'single-label' ? 1 : rows.task === 'multi-label' ? width : 0;
  const ofRows = (from: Float32Array | Float64Array) => {
    const result = new Float64Array(picked.length * width);
    picked.forEach((row, i) => {
      result.set(from.subarray(row * width, (row + 1) * width), i * width);
    });
    return result;
  };
  const probabilities = ofRows(rows.probabilities);
  const numbers =
    rows.task === 'regression'
      ? { ...rows.numbers, truth: ofRows(rows.numbers.truth), predicted: probabilities }
      : rows.numbers;
  const of = <T>(list: ArrayLike<T>) => picked.map((row) => list[row] as T);
  return Object.freeze({
    ...rows,
    length: picked.length,
    truth: wide(rows.truth, step),
    predicted: wide(rows.predicted, step),
    probabilities,
    numbers,
    weights: Float64Array.from(of(rows.weights)),
    ids: rows.ids && of(rows.ids),
    folds: rows.folds && Int32Array.from(of(rows.folds)),
    groups: rows.groups && of(rows.groups),
  });
}

/** `row 3 ("cat.jpg")`. */
export function nameRow(ids: readonly string[] | undefined, row: number): string {
  return ids === undefined ? `row ${row}` : `row ${row} ("${ids[row]}")`;
}

function checkShape({ values, classes, ids, folds, groups }: Scorable): number {
  const length = classes.length === 0 ? 0 : values.length / classes.length;
  if (length === 0) {
    fail({
      code: 'metric-no-rows',
      message: 'nothing to score: the predictions have no rows',
      fix: 'check the fold or the filter that selected these rows; a score needs at least one',
    });
  }
  for (const [key, list] of Object.entries({ ids, folds, groups })) {
    if (list !== undefined && list.length !== length) wrongLength(key, length, list.length);
  }
  if (!Number.isInteger(length)) {
    fail({
      code: 'metric-predictions',
      path: { key: 'values' },
      expected: `a multiple of ${classes.length}, the number of classes`,
      got: String(values.length),
    });
  }
  const invalid = values.findIndex((value) => !Number.isFinite(value));
  if (invalid >= 0) {
    fail({
      code: 'metric-predictions',
      message: `the value of ${nameRow(ids, Math.floor(invalid / classes.length))}, class "${classes[invalid % classes.length]}"`,
      expected: 'a finite number',
      got: String(values[invalid]),
      fix: 'the model diverged or its input was damaged: check its loss and this image',
    });
  }
  return length;
}

function wrongLength(key: string, length: number, got: number): never {
  fail({ code: 'metric-predictions', path: { key }, expected: `one per row, ${length}`, got: String(got) });
}

function checkTruth({ classes, task, ids }: Scorable, truth: ArrayLike<number>, length: number): void {
  const width = classes.length;
  const single = task === 'single-label';
  const count = single ? length : length * width;
  if (truth.length !== count) {
    fail({
      code: 'metric-truth',
      path: { key: 'truth' },
      expected: single
        ? `one class index per row, ${length}`
        : `${length} rows x ${width} ${task === 'regression' ? 'columns' : 'classes'} = ${count} ${task === 'regression' ? 'numbers' : 'of 0 and 1'}`,
      got: String(truth.length),
      fix: 'use alignTruth() if predictions and truth come from different tables',
    });
  }
  if (task === 'regression') {
    const wrong = Array.from({ length: count }, (_, i) => i).find((i) => !Number.isFinite(truth[i]));
    if (wrong === undefined) return;
    fail({
      code: 'metric-truth',
      message: `the truth of ${nameRow(ids, Math.floor(wrong / width))}, column "${classes[wrong % width]}"`,
      expected: 'a finite number',
      got: String(truth[wrong]),
      fix: 'leave out rows without a true number',
    });
  }
  const limit = single ? width : 2;
  for (let i = 0; i < count; i++) {
    const value = truth[i]!;
    if (Number.isInteger(value) && value >= 0 && value < limit) continue;
    fail({
      code: 'metric-truth',
      message: `the truth of ${single ? nameRow(ids, i) : `${nameRow(ids, Math.floor(i / width))}, class "${classes[i % width]}"`}`,
      expected: single ? `a class index from 0 to ${width - 1}` : '0 or 1',
      got: String(value),
      fix: 'use alignTruth(), which takes class names, if indices and classes come from different tables',
    });
  }
}

function weightsOf(weights: ArrayLike<number> | undefined, length: number): Float64Array {
  if (weights === undefined) return new Float64Array(length).fill(1);
  if (weights.length !== length) wrongLength('weights', length, weights.length);
  const result = Float64Array.from(weights);
  const sum = result.reduce((total, weight) => total + weight, 0);
  const invalid = result.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (invalid < 0 && sum > 0 && sum < Number.POSITIVE_INFINITY) return result;
  return fail({
    code: 'metric-weights',
    path: { key: invalid < 0 ? 'weights' : `weights[${invalid}]` },
    expected: invalid < 0 ? 'a finite sum > 0' : 'a finite number >= 0',
    got: String(invalid < 0 ? sum : result[invalid]),
  });
}

function columnWeightsOf(given: readonly number[] | undefined, classes: readonly string[]): Float64Array {
  const weights = Float64Array.from(given ?? classes.map(() => 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const areValid = weights.every((weight) => weight >= 0) && sum > 0 && sum < Number.POSITIVE_INFINITY;
  if (weights.length === classes.length && areValid) return weights;
  return fail({
    code: 'metric-weights',
    path: { key: 'columnWeights' },
    expected: `one finite number >= 0 per column (${classes.length}), not all 0`,
    got: JSON.stringify(given),
  });
}

function thresholdsOf(thresholds: number | readonly number[], classes: readonly string[]): Float64Array {
  const list = typeof thresholds === 'number' ? classes.map(() => thresholds) : thresholds;
  if (list.length === classes.length && list.every((value) => Number.isFinite(value))) {
    return Float64Array.from(list);
  }
  return fail({
    code: 'metric-thresholds',
    path: { key: 'thresholds' },
    expected: `one finite number, or one per class (${classes.length})`,
    got: JSON.stringify(thresholds),
  });
}

/** Converts logits in float64; returns probabilities without copying. */
function toProbabilities({ values, kind, task, classes }: Scorable): Float32Array | Float64Array {
  if (kind !== 'logits') return values;
  const result = Float64Array.from(values);
  return task === 'multi-label' ? result.map(sigmoid) : softmaxInPlace(result, classes.length);
}

function largestOfRows(values: Float32Array | Float64Array, width: number): Int32Array {
  const result = new Int32Array(values.length / width);
  for (let row = 0; row < result.length; row++) result[row] = argmax(values, row * width, width);
  return result;
}

function above(probabilities: Float32Array | Float64Array, thresholds: Float64Array): Int32Array {
  const width = thresholds.length;
  return Int32Array.from(probabilities, (value, i) => (value > thresholds[i % width]! ? 1 : 0));
}
