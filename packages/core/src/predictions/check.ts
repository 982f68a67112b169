import { PodiumError, type Problem } from '../errors.ts';
import type { PredictionsParts } from './predictions.ts';

/** How far a row of float32 probabilities may be from a sum of 1, and a probability from [0, 1]. */
const TOLERANCE = 1e-4;

/** Throws a PodiumError, `predictions-malformed` unless another code is given. */
export function fail(problem: Omit<Problem, 'code'> & { readonly code?: string }): never {
  throw new PodiumError({ code: 'predictions-malformed', ...problem });
}

/** Throws `predictions-malformed` for the first thing that is wrong; see the constructor of Predictions. */
export function checkPredictions(parts: PredictionsParts): void {
  checkForm(parts);
  checkNames(parts.classes, 'class', 'column');
  checkNames(parts.ids, 'id', 'row');
  checkFinite(parts);
  if (parts.kind === 'probabilities') checkProbabilities(parts);
  checkFolds(parts);
  parts.groups?.forEach((group, row) => {
    if (typeof group !== 'string')
      fail({ message: `the group of ${where(parts, row)}`, expected: 'a string', got: String(group) });
  });
}

function checkForm({ ids, classes, values, kind, task, folds, groups }: PredictionsParts): void {
  if (kind !== 'probabilities' && kind !== 'logits') {
    fail({ path: { key: 'kind' }, expected: ['probabilities', 'logits'], got: JSON.stringify(kind) });
  }
  if (task !== undefined && task !== 'single-label' && task !== 'multi-label') {
    fail({ path: { key: 'task' }, expected: ['single-label', 'multi-label'], got: JSON.stringify(task) });
  }
  if (classes.length === 0) fail({ path: { key: 'classes' }, expected: 'at least one class', got: 'none' });
  if (!(values instanceof Float32Array)) {
    fail({
      path: { key: 'values' },
      expected: 'a Float32Array',
      got: Object.prototype.toString.call(values).slice(8, -1),
    });
  }
  if (values.length !== ids.length * classes.length) {
    const size = `${ids.length} ids x ${classes.length} classes`;
    fail({
      path: { key: 'values' },
      expected: `${size} = ${ids.length * classes.length} values`,
      got: String(values.length),
    });
  }
  for (const [key, list] of Object.entries({ folds, groups })) {
    if (list !== undefined && list.length !== ids.length) {
      fail({ path: { key }, expected: `one a row, ${ids.length}`, got: String(list.length) });
    }
  }
}

function checkNames(names: readonly string[], what: string, place: string): void {
  const seen = new Map<string, number>();
  names.forEach((name, index) => {
    if (typeof name !== 'string' || name === '') {
      fail({
        message: `the ${what} of ${place} ${index}`,
        expected: 'a string that is not empty',
        got: JSON.stringify(name) ?? String(name),
      });
    }
    const before = seen.get(name);
    if (before !== undefined) {
      fail({
        message: `${what} "${name}" occurs twice, in ${place}s ${before} and ${index}`,
        fix:
          what === 'id'
            ? 'keep one row an id; average several views of an image before this'
            : 'name each class once',
      });
    }
    seen.set(name, index);
  });
}

function checkFinite(parts: PredictionsParts): void {
  // A sum shows whether anything is wrong far faster than a test of each value.
  let sum = 0;
  for (const value of parts.values) sum += value;
  if (Number.isFinite(sum)) return;
  const at = parts.values.findIndex((value) => !Number.isFinite(value));
  const column = at % parts.classes.length;
  fail({
    message: `the value of ${where(parts, (at - column) / parts.classes.length)}, class "${parts.classes[column]}"`,
    expected: 'a finite number',
    got: String(parts.values[at]),
    fix: 'the model diverged or its input was broken: look at its loss and at this image',
  });
}

function checkProbabilities(parts: PredictionsParts): void {
  const { values, classes, task = 'single-label' } = parts;
  const width = classes.length;
  for (let row = 0; row * width < values.length; row++) {
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const value = values[row * width + k]!;
      if (value < -TOLERANCE || value > 1 + TOLERANCE) {
        fail({
          message: `the value of ${where(parts, row)}, class "${classes[k]}"`,
          expected: 'a probability in [0, 1]',
          got: String(value),
          fix: "if these are logits, say kind: 'logits'",
        });
      }
      sum += value;
    }
    if (task === 'single-label' && Math.abs(sum - 1) > TOLERANCE) {
      fail({
        message: `the probabilities of ${where(parts, row)}`,
        expected: 'a sum of 1',
        got: String(sum),
        fix: "divide the row by its sum, say kind: 'logits', or task: 'multi-label' if classes do not exclude each other",
      });
    }
  }
}

function checkFolds(parts: PredictionsParts): void {
  if (parts.folds === undefined) return;
  if (!(parts.folds instanceof Int32Array))
    fail({ path: { key: 'folds' }, expected: 'an Int32Array', got: typeof parts.folds });
  const row = parts.folds.findIndex((fold) => fold < 0);
  if (row >= 0)
    fail({
      message: `the fold of ${where(parts, row)}`,
      expected: 'an integer >= 0',
      got: String(parts.folds[row]),
    });
}

function where({ ids }: PredictionsParts, row: number): string {
  return `row ${row} ("${ids[row]}")`;
}
