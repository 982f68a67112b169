import { didYouMean } from '../did-you-mean.ts';
import { argmax } from '../math/argmax.ts';
import { sigmoid, softmaxInPlace } from '../math/softmax.ts';
import { checkPredictions, fail } from './check-predictions.ts';
import type { PredictionKind, PredictionsParts, PredictionTask } from './predictions-parts.ts';

/**
 * Predictions of one head of one model (or blend) for N images and K classes, without tensors. Several heads are several
 * `Predictions` with the same ids.
 *
 * Immutable: methods return new objects. The constructor keeps `values` and `folds` without copying them, so do not write
 * to them afterwards.
 *
 * @example
 * const predictions = new Predictions({
 *   ids: ['a.jpg', 'b.jpg'],
 *   classes: ['cat', 'dog'],
 *   kind: 'probabilities',
 *   values: Float32Array.of(0.9, 0.1, 0.3, 0.7),
 * });
 * predictions.argmax();   // [0, 1]
 */
export class Predictions implements PredictionsParts {
  readonly ids: readonly string[];
  readonly classes: readonly string[];
  readonly values: Float32Array;
  readonly kind: PredictionKind;
  readonly task: PredictionTask;
  readonly folds: Int32Array | undefined;
  readonly groups: readonly string[] | undefined;
  #rowOf: ReadonlyMap<string, number> | undefined;

  /**
   * @throws PodiumError `predictions-malformed` naming the row, id and class of the first error: lengths that do not
   * match, empty or duplicate ids or classes, values that are not finite, probabilities outside [0, 1], single-label rows
   * whose sum differs from 1 by more than 1e-4, folds below 0.
   */
  constructor(parts: PredictionsParts) {
    checkPredictions(parts);
    this.ids = Object.freeze([...parts.ids]);
    this.classes = Object.freeze([...parts.classes]);
    this.values = parts.values;
    this.kind = parts.kind;
    this.task = parts.task ?? 'single-label';
    this.folds = parts.folds;
    this.groups = parts.groups && Object.freeze([...parts.groups]);
  }

  /** N */
  get length(): number {
    return this.ids.length;
  }

  /** `[K]`: row `index` as a view, without copying. */
  row(index: number): Float32Array {
    const width = this.classes.length;
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      fail({ message: 'no such row', expected: `0 to ${this.length - 1}`, got: String(index) });
    }
    return this.values.subarray(index * width, (index + 1) * width);
  }

  /** Row number of an id, or undefined. */
  indexOf(id: string): number | undefined {
    this.#rowOf ??= new Map(this.ids.map((known, row) => [known, row]));
    return this.#rowOf.get(id);
  }

  /**
   * The rows with these ids, in the order of `ids`.
   * @throws PodiumError `predictions-unknown-id`; `predictions-malformed` for an id that is given twice.
   */
  select(ids: Iterable<string>): Predictions {
    const selected = [...ids];
    return this.#pick(
      selected.map((id) => this.indexOf(id) ?? this.#unknown(id)),
      selected,
    );
  }

  /**
   * The same rows in the order of `ids`, which must name every row once. Align two models' predictions before combining
   * their values.
   * @throws PodiumError `predictions-unknown-id`, `predictions-missing-id` if `ids` leaves out a row.
   */
  align(ids: Iterable<string>): Predictions {
    const aligned = this.select(ids);
    if (aligned.length === this.length) return aligned;
    const omitted = this.ids.find((id) => aligned.indexOf(id) === undefined);
    return fail({
      code: 'predictions-missing-id',
      message: `${this.length - aligned.length} of ${this.length} predicted ids are left out, starting with "${omitted}"`,
      fix: 'use select() to drop rows intentionally',
    });
  }

  /**
   * The same columns in the order of `classes`, which must name every class once.
   * @throws PodiumError `predictions-classes-differ`.
   */
  alignClasses(classes: readonly string[]): Predictions {
    const columns = classes.map((name) => this.classes.indexOf(name));
    const same = columns.length === this.classes.length && new Set(columns).size === columns.length;
    if (!same || columns.includes(-1)) {
      fail({
        code: 'predictions-classes-differ',
        message: 'the classes differ',
        expected: classes.join('|'),
        got: this.classes.join('|'),
        fix: 'train both models on the same classes',
      });
    }
    const width = columns.length;
    const values = new Float32Array(this.values.length);
    for (let at = 0; at < values.length; at += width) {
      for (let k = 0; k < width; k++) values[at + k] = this.values[at + columns[k]!]!;
    }
    return new Predictions({ ...this, classes, values });
  }

  /**
   * The same predictions, marked as made by the model of fold `fold`.
   * @throws PodiumError `predictions-malformed` unless `fold` is an integer >= 0.
   */
  withFold(fold: number): Predictions {
    // An Int32Array would silently turn 1.5 into 1 and NaN into 0.
    if (!Number.isInteger(fold) || fold < 0 || fold >= 2 ** 31) {
      fail({ path: { key: 'fold' }, expected: 'an integer >= 0', got: String(fold) });
    }
    return new Predictions({ ...this, folds: new Int32Array(this.length).fill(fold) });
  }

  /**
   * Concatenates the rows of all parts, in order: all out-of-fold predictions from those of each fold.
   * @throws PodiumError `predictions-classes-differ` (see `alignClasses`); `predictions-malformed` if kinds or tasks
   * differ, only some parts have folds or groups, or an id occurs in two parts.
   */
  static concat(parts: readonly Predictions[]): Predictions {
    const [first] = parts;
    if (first === undefined)
      return fail({ message: 'nothing to concatenate', expected: 'at least one part' });
    parts.forEach((part, i) => {
      checkSameForm(first, part, i);
    });
    const values = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0));
    let at = 0;
    for (const part of parts) {
      values.set(part.values, at);
      at += part.values.length;
    }
    return new Predictions({
      ...first,
      ids: parts.flatMap((part) => part.ids),
      values,
      folds: first.folds && Int32Array.from(parts.flatMap((part) => Array.from(part.folds ?? []))),
      groups: first.groups && parts.flatMap((part) => part.groups ?? []),
    });
  }

  /**
   * Probabilities of single-label logits: softmax(logits / temperature), computed in float64.
   * @throws PodiumError `predictions-malformed` for other kinds and tasks, or a temperature <= 0.
   */
  softmax(temperature = 1): Predictions {
    this.#assertLogits('single-label', 'softmax');
    if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
      fail({ message: 'the temperature', expected: 'a finite number > 0', got: String(temperature) });
    }
    const values = softmaxInPlace(Float64Array.from(this.values), this.classes.length, temperature);
    return new Predictions({ ...this, values: Float32Array.from(values), kind: 'probabilities' });
  }

  /**
   * Probabilities of multi-label logits: 1 / (1 + exp(-logit)).
   * @throws PodiumError `predictions-malformed` for other kinds and tasks.
   */
  sigmoid(): Predictions {
    this.#assertLogits('multi-label', 'sigmoid');
    return new Predictions({ ...this, values: this.values.map(sigmoid), kind: 'probabilities' });
  }

  /** `[N]`: the column of each row's largest value, the first of equals. */
  argmax(): Uint32Array {
    const width = this.classes.length;
    return Uint32Array.from(this.ids, (_, row) => argmax(this.values, row * width, width));
  }

  #pick(rows: readonly number[], ids: readonly string[]): Predictions {
    const width = this.classes.length;
    const values = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      values.set(this.values.subarray(row * width, (row + 1) * width), i * width);
    });
    const { folds, groups } = this;
    return new Predictions({
      ...this,
      ids,
      values,
      folds: folds && Int32Array.from(rows, (row) => folds[row]!),
      groups: groups && rows.map((row) => groups[row]!),
    });
  }

  #unknown(id: string): never {
    const nearest = didYouMean(id, this.ids.slice(0, 10_000));
    return fail({
      code: 'predictions-unknown-id',
      message: `no prediction for "${id}"${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`,
      fix: 'predict this id, or leave it out; ids must match those used for prediction, including the extension',
    });
  }

  #assertLogits(task: PredictionTask, method: string): void {
    if (this.kind === 'logits' && this.task === task) return;
    fail({
      message: `${method}() does not apply`,
      expected: `${task} logits`,
      got: `${this.task} ${this.kind}`,
      fix:
        this.kind !== 'logits'
          ? `these are already ${this.kind}: use them as they are`
          : `use ${task === 'single-label' ? 'sigmoid' : 'softmax'}() instead`,
    });
  }
}

function checkSameForm(first: Predictions, part: Predictions, index: number): void {
  const name = `part ${index}`;
  if (
    part.classes.length !== first.classes.length ||
    part.classes.some((className, k) => className !== first.classes[k])
  ) {
    fail({
      code: 'predictions-classes-differ',
      message: `${name} has different classes from part 0, or a different order`,
      expected: first.classes.join('|'),
      got: part.classes.join('|'),
      fix: 'call alignClasses() first',
    });
  }
  const form = (p: Predictions) =>
    `${p.task} ${p.kind}${p.folds ? ' with folds' : ''}${p.groups ? ' with groups' : ''}`;
  if (form(part) !== form(first)) {
    fail({
      message: `${name} has a different form from part 0`,
      expected: form(first),
      got: form(part),
      fix: 'convert them first: softmax(), sigmoid(), withFold()',
    });
  }
}
