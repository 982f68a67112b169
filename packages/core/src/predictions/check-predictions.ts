import { PodiumError, type Problem } from '../errors.ts';
import type { PredictionKind, PredictionsParts, PredictionTask } from './predictions-parts.ts';

/** Rounding allowed in float32 probabilities: of a row's sum from 1, and of a value from [0, 1]. */
const TOLERANCE = 1e-4;

const KINDS: readonly PredictionKind[] = ['probabilities', 'logits', 'numbers'];
const TASKS: readonly PredictionTask[] = ['single-label', 'multi-label', 'regression'];

/** Throws a PodiumError; default code: `predictions-malformed`. */
export function fail(problem: Omit<Problem, 'code'> & { readonly code?: string }): never {
  throw new PodiumError({ code: 'predictions-malformed', ...problem });
}

/** Throws `predictions-malformed` for the first error; see the constructor of Predictions. */
export function checkPredictions(parts: PredictionsParts): void {
  checkForm(parts);
  checkNames(parts.classes, 'class', 'column');
  checkNames(parts.ids, 'id', 'row');
  checkFinite(parts);
  if (parts.kind === 'probabilities') checkProbabilities(parts);
  checkFolds(parts);
  parts.groups?.forEach((group, row) => {
    if (typeof group !== 'string')
      fail({ message: `the group of ${nameRow(parts, row)}`, expected: 'a string', got: String(group) });
  });
}

function checkForm({ ids, classes, values, kind, task, folds, groups }: PredictionsParts): void {
  if (!KINDS.includes(kind)) fail({ path: { key: 'kind' }, expected: KINDS, got: JSON.stringify(kind) });
  if (task !== undefined && !TASKS.includes(task)) {
    fail({ path: { key: 'task' }, expected: TASKS, got: JSON.stringify(task) });
  }
  if ((kind === 'numbers') !== (task === 'regression')) {
    fail({
      path: { key: 'kind' },
      expected: task === 'regression' ? 'numbers, for regression' : 'probabilities or logits, for classes',
      got: JSON.stringify(kind),
    });
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
      fail({ path: { key }, expected: `one per row, ${ids.length}`, got: String(list.length) });
    }
  }
}

function checkNames(names: readonly string[], kind: string, unit: string): void {
  const seen = new Map<string, number>();
  names.forEach((name, index) => {
    if (typeof name !== 'string' || name === '') {
      fail({
        message: `the ${kind} of ${unit} ${index}`,
        expected: 'a non-empty string',
        got: JSON.stringify(name) ?? String(name),
      });
    }
    const before = seen.get(name);
    if (before !== undefined) {
      fail({
        message: `${kind} "${name}" occurs twice, in ${unit}s ${before} and ${index}`,
        fix:
          kind === 'id' ? 'keep one row per id; average the views of an image first' : 'name each class once',
      });
    }
    seen.set(name, index);
  });
}

function checkFinite(parts: PredictionsParts): void {
  // Testing the sum is much faster than testing each value.
  let sum = 0;
  for (const value of parts.values) sum += value;
  if (Number.isFinite(sum)) return;
  const at = parts.values.findIndex((value) => !Number.isFinite(value));
  const column = at % parts.classes.length;
  fail({
    message: `the value of ${nameRow(parts, (at - column) / parts.classes.length)}, class "${parts.classes[column]}"`,
    expected: 'a finite number',
    got: String(parts.values[at]),
    fix: 'the model diverged or its input was damaged: check its loss and this image',
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
          message: `the value of ${nameRow(parts, row)}, class "${classes[k]}"`,
          expected: 'a probability in [0, 1]',
          got: String(value),
          fix: "for logits, set kind: 'logits'",
        });
      }
      sum += value;
    }
    if (task === 'single-label' && Math.abs(sum - 1) > TOLERANCE) {
      fail({
        message: `the probabilities of ${nameRow(parts, row)}`,
        expected: 'a sum of 1',
        got: String(sum),
        fix: "divide the row by its sum; or set kind: 'logits', or task: 'multi-label' if classes are not mutually exclusive",
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
      message: `the fold of ${nameRow(parts, row)}`,
      expected: 'an integer >= 0',
      got: String(parts.folds[row]),
    });
}

function nameRow({ ids }: PredictionsParts, row: number): string {
  return `row ${row} ("${ids[row]}")`;
}
