import { didYouMean } from '../suggest.ts';
import { checkPredictions, fail } from './check.ts';
import { softmaxRows } from './softmax.ts';

/** What the values are: probabilities, or what a model puts out before softmax (single-label) or sigmoid. */
export type PredictionKind = 'probabilities' | 'logits';

/** Whether each row has exactly one class, or each class is true or false by itself. */
export type PredictionTask = 'single-label' | 'multi-label';

/** What {@link Predictions} is made of. */
export interface PredictionsParts {
  /** One id a row, all different. */
  readonly ids: readonly string[];
  /** One name a column, all different, at least one. */
  readonly classes: readonly string[];
  /** `[N, K]` row by row: `values[i * K + k]` belongs to `ids[i]` and `classes[k]`. */
  readonly values: Float32Array;
  readonly kind: PredictionKind;
  /** Default: single-label. */
  readonly task?: PredictionTask;
  /** Per row, the fold whose model, not having seen the row, made the prediction: out-of-fold predictions only. */
  readonly folds?: Int32Array | undefined;
  /** Per row, what must not be torn apart (a person, a scene): for honest intervals and consistency within a group. */
  readonly groups?: readonly string[] | undefined;
}

/**
 * What one head of one model (or blend) says about N images and K classes, without tensors. Several heads are several
 * Predictions with the same ids.
 *
 * A value: methods return new ones, and nobody should write into its arrays. The constructor keeps `values` and `folds`
 * without copying them.
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
   * @throws PodiumError `predictions-malformed` naming the row, id and class of the first thing that is wrong: lengths
   * that do not agree, ids or classes that are empty or occur twice, values that are not finite, probabilities
   * outside [0, 1] or, single-label, rows whose sum is further than 1e-4 from 1, folds below 0.
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

  /** N, the number of rows. */
  get length(): number {
    return this.ids.length;
  }

  /** Row `index` as a view `[K]`, without copying. */
  row(index: number): Float32Array {
    const width = this.classes.length;
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      fail({ message: 'there is no such row', expected: `0 to ${this.length - 1}`, got: String(index) });
    }
    return this.values.subarray(index * width, (index + 1) * width);
  }

  /** The row of an id, or undefined. */
  indexOf(id: string): number | undefined {
    this.#rowOf ??= new Map(this.ids.map((known, row) => [known, row]));
    return this.#rowOf.get(id);
  }

  /**
   * The rows of these ids, in their order.
   * @throws PodiumError `predictions-unknown-id`; `predictions-malformed` where an id is asked for twice.
   */
  select(ids: Iterable<string>): Predictions {
    const wanted = [...ids];
    return this.#pick(
      wanted.map((id) => this.indexOf(id) ?? this.#unknown(id)),
      wanted,
    );
  }

  /**
   * The same rows in the order of `ids`, which must name every row once: what has to happen before two models'
   * values are combined.
   * @throws PodiumError `predictions-unknown-id`, `predictions-missing-id` where `ids` leaves out a row.
   */
  align(ids: Iterable<string>): Predictions {
    const aligned = this.select(ids);
    if (aligned.length === this.length) return aligned;
    const left = this.ids.find((id) => aligned.indexOf(id) === undefined);
    return fail({
      code: 'predictions-missing-id',
      message: `${this.length - aligned.length} of ${this.length} predicted ids are not asked for, "${left}" first`,
      fix: 'use select() to drop rows on purpose',
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
        message: 'the classes are not the same',
        expected: classes.join('|'),
        got: this.classes.join('|'),
        fix: 'both models must be trained on the same set of classes',
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
   * The same predictions, all marked as made by the model of fold `fold`.
   * @throws PodiumError `predictions-malformed` unless `fold` is an integer >= 0.
   */
  withFold(fold: number): Predictions {
    // The array would cut 1.5 to 1 and NaN to 0 without a word.
    if (!Number.isInteger(fold) || fold < 0 || fold >= 2 ** 31) {
      fail({ path: { key: 'fold' }, expected: 'an integer >= 0', got: String(fold) });
    }
    return new Predictions({ ...this, folds: new Int32Array(this.length).fill(fold) });
  }

  /**
   * All rows of all parts, in their order: the out-of-fold predictions of a whole table from those of its folds. Folds
   * and groups are kept where every part has them.
   * @throws PodiumError `predictions-classes-differ` (see `alignClasses`), `predictions-malformed` where kind or task
   * differ, only some parts have folds or groups, or an id occurs in two parts.
   */
  static concat(parts: readonly Predictions[]): Predictions {
    const [first] = parts;
    if (first === undefined)
      return fail({ message: 'there is nothing to put together', expected: 'at least one part' });
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
   * Single-label logits as probabilities, softmax(logits / temperature), computed in float64.
   * @throws PodiumError `predictions-malformed` for other kinds and tasks, or a temperature that is not above 0.
   */
  softmax(temperature = 1): Predictions {
    this.#needLogits('single-label', 'softmax');
    if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
      fail({ message: 'the temperature', expected: 'a finite number > 0', got: String(temperature) });
    }
    const values = softmaxRows(this.values, this.classes.length, temperature);
    return new Predictions({ ...this, values, kind: 'probabilities' });
  }

  /**
   * Multi-label logits as probabilities, 1 / (1 + exp(-logit)).
   * @throws PodiumError `predictions-malformed` for other kinds and tasks.
   */
  sigmoid(): Predictions {
    this.#needLogits('multi-label', 'sigmoid');
    const values = this.values.map((logit) => 1 / (1 + Math.exp(-logit)));
    return new Predictions({ ...this, values, kind: 'probabilities' });
  }

  /** `[N]`: the column of each row's largest value, the first one of equals. */
  argmax(): Uint32Array {
    const width = this.classes.length;
    return Uint32Array.from(this.ids, (_, row) => {
      let best = 0;
      for (let k = 1; k < width; k++) {
        if (this.values[row * width + k]! > this.values[row * width + best]!) best = k;
      }
      return best;
    });
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
      message: `there is no prediction for "${id}"${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`,
      fix: 'predict this id, or leave it out; ids must be written as they were when predicting, extension included',
    });
  }

  #needLogits(task: PredictionTask, method: string): void {
    if (this.kind === 'logits' && this.task === task) return;
    fail({
      message: `${method}() does not apply`,
      expected: `${task} logits`,
      got: `${this.task} ${this.kind}`,
      fix:
        this.kind === 'probabilities'
          ? 'they are probabilities already: use them as they are'
          : `use ${task === 'single-label' ? 'sigmoid' : 'softmax'}() instead`,
    });
  }
}

function checkSameForm(first: Predictions, part: Predictions, index: number): void {
  const here = `part ${index}`;
  if (
    part.classes.length !== first.classes.length ||
    part.classes.some((name, k) => name !== first.classes[k])
  ) {
    fail({
      code: 'predictions-classes-differ',
      message: `${here} has other classes than part 0, or in another order`,
      expected: first.classes.join('|'),
      got: part.classes.join('|'),
      fix: 'call alignClasses() first',
    });
  }
  const form = (p: Predictions) =>
    `${p.task} ${p.kind}${p.folds ? ' with folds' : ''}${p.groups ? ' with groups' : ''}`;
  if (form(part) !== form(first)) {
    fail({
      message: `${here} is not of the same form as part 0`,
      expected: form(first),
      got: form(part),
      fix: 'make them alike first: softmax(), sigmoid(), withFold()',
    });
  }
}
