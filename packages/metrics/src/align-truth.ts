import { didYouMean, fail, type Predictions } from '@podium/core';
import { type ScoredRows, type ScoreOptions, scoreRows } from './scored-rows.ts';

/** A true label: a class; multi-label: a list of classes; regression: one number per column. */
export type TrueLabel = string | readonly string[] | readonly number[];

/** True labels as pairs of id and label. For example a `Map`. */
export type TruthTable = Iterable<readonly [id: string, label: TrueLabel]>;

export interface AlignOptions extends Omit<ScoreOptions, 'weights'> {
  /** One weight per id. */
  readonly weights?: ReadonlyMap<string, number>;
  /** What to do with labels of ids that were not predicted; ignore them to score one fold against the whole table. Default: error. */
  readonly extra?: 'error' | 'ignore';
}

/**
 * Joins predictions with a table of true labels by id, in any order.
 * @throws PodiumError `metric-truth-missing` for a predicted id without a label, `metric-truth-extra` for a label without a
 * prediction, `metric-truth-twice`, `metric-truth-class` for an unknown class, each naming the first id;
 * `metric-no-rows`, `metric-weights`, `metric-thresholds`
 *
 * @example
 * const rows = alignTruth(predictions, new Map([['a.jpg', 'cat'], ['b.jpg', 'dog']]));
 * f1().compute(rows);
 */
export function alignTruth(
  predictions: Predictions,
  table: TruthTable,
  { weights, extra = 'error', ...options }: AlignOptions = {},
): ScoredRows {
  const { classes, ids, task } = predictions;
  const labels = readTable(predictions, table, extra);
  const missing = ids.filter((id) => !labels.has(id));
  if (missing.length > 0) {
    const near = didYouMean(missing[0]!, [...labels.keys()].slice(0, 10_000));
    fail({
      code: 'metric-truth-missing',
      message: `${missing.length} of ${ids.length} predicted ids have no true label, starting with "${missing[0]}"${near === undefined ? '' : ` (did you mean "${near}"?)`}`,
      fix: 'label these ids, or drop their predictions with select(); ids must match, including the extension',
    });
  }
  const columns = new Map(classes.map((name, k) => [name, k]));
  const column = (id: string, name: string): number =>
    columns.get(name) ??
    fail({
      code: 'metric-truth-class',
      message: `the true label of "${id}"`,
      expected: classes,
      got: JSON.stringify(name),
      fix: 'use the classes that the model was trained on',
    });
  const weightsInOrder = weights && ids.map((id) => weightOf(id, weights));
  if (task === 'regression') {
    const numbers = new Float64Array(ids.length * classes.length);
    ids.forEach((id, row) => {
      numbers.set(numbersOf(id, labels.get(id)!, classes), row * classes.length);
    });
    return scoreRows(predictions, numbers, { ...options, weights: weightsInOrder });
  }
  const truth = new Int32Array(ids.length * (task === 'single-label' ? 1 : classes.length));
  ids.forEach((id, row) => {
    const label = labels.get(id)!;
    if (task === 'single-label') {
      if (typeof label !== 'string') invalidLabel(id, 'one class', label);
      truth[row] = column(id, label);
    } else {
      if (typeof label === 'string') invalidLabel(id, 'a list of classes', label);
      for (const name of label) {
        if (typeof name === 'number') invalidLabel(id, 'a list of classes', label);
        truth[row * classes.length + column(id, name)] = 1;
      }
    }
  });
  return scoreRows(predictions, truth, { ...options, weights: weightsInOrder });
}

/** One finite number per column. */
function numbersOf(id: string, label: TrueLabel, columns: readonly string[]): readonly number[] {
  const numbers = typeof label === 'string' ? [] : label;
  const areNumbers = numbers.every((value) => typeof value === 'number');
  if (areNumbers && numbers.length === columns.length) return numbers;
  return invalidLabel(id, `${columns.length} numbers: ${columns.join(', ')}`, label);
}

function readTable(predictions: Predictions, table: TruthTable, extra: 'error' | 'ignore') {
  const labels = new Map<string, TrueLabel>();
  const extras: string[] = [];
  for (const [id, label] of table) {
    if (labels.has(id)) {
      fail({
        code: 'metric-truth-twice',
        message: `the id "${id}" has two true labels`,
        fix: 'keep one row per id',
      });
    }
    labels.set(id, label);
    if (predictions.indexOf(id) === undefined) extras.push(id);
  }
  if (extras.length > 0 && extra === 'error') {
    fail({
      code: 'metric-truth-extra',
      message: `${extras.length} of ${labels.size} labeled ids have no prediction, starting with "${extras[0]}"`,
      fix: "predict them too, or set extra: 'ignore' to score part of the table",
    });
  }
  return labels;
}

function weightOf(id: string, weights: ReadonlyMap<string, number>): number {
  return (
    weights.get(id) ??
    fail({
      code: 'metric-weights',
      message: `"${id}" has no weight`,
      fix: 'give every predicted id a weight',
    })
  );
}

function invalidLabel(id: string, expected: string, label: unknown): never {
  fail({
    code: 'metric-truth-class',
    message: `the true label of "${id}"`,
    expected,
    got: JSON.stringify(label),
  });
}
