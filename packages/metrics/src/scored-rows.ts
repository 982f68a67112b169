import { PodiumError, type Predictions, type PredictionTask, type Problem } from '@podium/core';

/** What is scored: core's `Predictions`, or the same fields with float64 values and perhaps without ids. */
export interface Scorable extends Pick<Predictions, 'classes' | 'kind' | 'task'> {
  /** `[N, K]` row by row. */
  readonly values: Float32Array | Float64Array;
  readonly ids?: readonly string[] | undefined;
  readonly folds?: Int32Array | undefined;
  readonly groups?: readonly string[] | undefined;
}

export interface ScoreOptions {
  /** `[N]`, finite, >= 0, not all 0: scikit-learn's sample_weight. A row of weight 0 is as if it were not there. */
  readonly weights?: ArrayLike<number>;
  /** Multi-label: a class is predicted where its probability is above this; one for all or one a class. Default 0.5. */
  readonly thresholds?: number | readonly number[];
}

/** Predictions with the truth beside them, checked: what every metric is a function of. */
export interface ScoredRows {
  readonly task: PredictionTask;
  readonly classes: readonly string[];
  /** N. */
  readonly length: number;
  /** Single-label `[N]` of class indices; multi-label `[N, K]` of 0 and 1. */
  readonly truth: Int32Array;
  /** `[N, K]` probabilities. */
  readonly probabilities: Float32Array | Float64Array;
  /** What the model decides, in the form of `truth`: the largest value, the first of equals; or what is above its threshold. */
  readonly decided: Int32Array;
  /** `[N]`; all 1 where none were given. */
  readonly weights: Float64Array;
  readonly ids: readonly string[] | undefined;
  readonly folds: Int32Array | undefined;
  readonly groups: readonly string[] | undefined;
}

/**
 * Puts the truth beside predictions: class indices `[N]` for single-label, 0 and 1 `[N, K]` for multi-label, in the
 * rows' order. Where the truth is a table of ids and labels, use `alignTruth`.
 * @throws PodiumError `metric-no-rows`; `metric-truth` naming the row and its id; `metric-weights`,
 * `metric-thresholds`, `metric-predictions` for lengths that do not agree.
 */
export function scoreRows(
  predictions: Scorable,
  truth: ArrayLike<number>,
  options: ScoreOptions = {},
): ScoredRows {
  const { classes, task, ids, folds, groups } = predictions;
  const length = checkShape(predictions);
  checkTruth(predictions, truth, length);
  const probabilities = toProbabilities(predictions);
  return Object.freeze({
    task,
    classes,
    length,
    truth: Int32Array.from(truth),
    probabilities,
    decided:
      task === 'single-label'
        ? largest(predictions.values, classes.length)
        : above(probabilities, thresholdsOf(options.thresholds ?? 0.5, classes)),
    weights: weightsOf(options.weights, length),
    ids,
    folds,
    groups,
  });
}

/** The same rows with every value that `pick` names, in that order: what one fold of a table is. */
export function selectRows(rows: ScoredRows, pick: readonly number[]): ScoredRows {
  const width = rows.classes.length;
  const wide = (array: Int32Array, step: number) =>
    Int32Array.from({ length: pick.length * step }, (_, i) => {
      return array[pick[Math.floor(i / step)]! * step + (i % step)]!;
    });
  const step = rows.task === 'single-label' ? 1 : width;
  const probabilities = new Float64Array(pick.length * width);
  pick.forEach((row, i) => {
    probabilities.set(rows.probabilities.subarray(row * width, (row + 1) * width), i * width);
  });
  const of = <T>(list: ArrayLike<T>) => pick.map((row) => list[row] as T);
  return Object.freeze({
    ...rows,
    length: pick.length,
    truth: wide(rows.truth, step),
    decided: wide(rows.decided, step),
    probabilities,
    weights: Float64Array.from(of(rows.weights)),
    ids: rows.ids && of(rows.ids),
    folds: rows.folds && Int32Array.from(of(rows.folds)),
    groups: rows.groups && of(rows.groups),
  });
}

export function fail(problem: Problem): never {
  throw new PodiumError(problem);
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
      message: 'there is nothing to score: the predictions have no rows',
      fix: 'look at the fold or the filter that these rows come from; a score needs at least one',
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
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    fail({
      code: 'metric-predictions',
      message: `the value of ${nameRow(ids, Math.floor(broken / classes.length))}, class "${classes[broken % classes.length]}"`,
      expected: 'a finite number',
      got: String(values[broken]),
      fix: 'the model diverged or its input was broken: look at its loss and at this image',
    });
  }
  return length;
}

function wrongLength(key: string, length: number, got: number): never {
  fail({ code: 'metric-predictions', path: { key }, expected: `one a row, ${length}`, got: String(got) });
}

function checkTruth({ classes, task, ids }: Scorable, truth: ArrayLike<number>, length: number): void {
  const width = classes.length;
  const single = task === 'single-label';
  const wanted = single ? length : length * width;
  if (truth.length !== wanted) {
    fail({
      code: 'metric-truth',
      path: { key: 'truth' },
      expected: single
        ? `one class index a row, ${length}`
        : `${length} rows x ${width} classes = ${wanted} of 0 and 1`,
      got: String(truth.length),
      fix: 'use alignTruth() where predictions and truth come from different tables',
    });
  }
  const limit = single ? width : 2;
  for (let i = 0; i < wanted; i++) {
    const value = truth[i]!;
    if (Number.isInteger(value) && value >= 0 && value < limit) continue;
    fail({
      code: 'metric-truth',
      message: `the truth of ${single ? nameRow(ids, i) : `${nameRow(ids, Math.floor(i / width))}, class "${classes[i % width]}"`}`,
      expected: single ? `a class index from 0 to ${width - 1}` : '0 or 1',
      got: String(value),
      fix: 'use alignTruth(), which takes class names, if indices and classes were not made by the same table',
    });
  }
}

function weightsOf(weights: ArrayLike<number> | undefined, length: number): Float64Array {
  if (weights === undefined) return new Float64Array(length).fill(1);
  if (weights.length !== length) wrongLength('weights', length, weights.length);
  const result = Float64Array.from(weights);
  const sum = result.reduce((total, weight) => total + weight, 0);
  const wrong = result.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (wrong < 0 && sum > 0 && sum < Number.POSITIVE_INFINITY) return result;
  return fail({
    code: 'metric-weights',
    path: { key: wrong < 0 ? 'weights' : `weights[${wrong}]` },
    expected: wrong < 0 ? 'a finite sum above 0' : 'a finite number >= 0',
    got: String(wrong < 0 ? sum : result[wrong]),
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
    expected: `one finite number, or one for each of ${classes.length} classes`,
    got: JSON.stringify(thresholds),
  });
}

/** Logits become probabilities in float64; probabilities are kept as they are, without a copy. */
function toProbabilities({ values, kind, task, classes }: Scorable): Float32Array | Float64Array {
  if (kind === 'probabilities') return values;
  if (task === 'multi-label') return Float64Array.from(values, (logit) => 1 / (1 + Math.exp(-logit)));
  const width = classes.length;
  const result = Float64Array.from(values);
  for (let at = 0; at < result.length; at += width) {
    const row = result.subarray(at, at + width);
    // Less the largest, so that exp never overflows.
    const top = row.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (let k = 0; k < width; k++) sum += row[k] = Math.exp(row[k]! - top);
    for (let k = 0; k < width; k++) row[k] = row[k]! / sum;
  }
  return result;
}

function largest(values: Float32Array | Float64Array, width: number): Int32Array {
  return Int32Array.from({ length: values.length / width }, (_, row) => {
    let best = 0;
    for (let k = 1; k < width; k++) {
      if (values[row * width + k]! > values[row * width + best]!) best = k;
    }
    return best;
  });
}

function above(probabilities: Float32Array | Float64Array, thresholds: Float64Array): Int32Array {
  const width = thresholds.length;
  return Int32Array.from(probabilities, (value, i) => (value > thresholds[i % width]! ? 1 : 0));
}
