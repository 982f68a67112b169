import { argmax, type Predictions } from '@podium/core';
import { type BoundForm, formCells, type ScoredTarget } from '@podium/submission';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';

/** A class is predicted from here on, where several may be. */
const THRESHOLD = 0.5;

/**
 * The classes that a submission says each image has, as a grader reads them.
 * @returns `[N]` lists of indices of the target's classes
 */
export function decidedByForm(
  target: ScoredTarget,
  form: BoundForm,
  predictions: HeadPredictions,
  ids: readonly string[],
): (readonly number[])[] {
  const cellsOf = formCells(form, predictions, ids);
  return ids.map((_, row) => {
    const values = new Float64Array(target.classes.length);
    for (const [k, value] of target.read(cellsOf(row))) values[k] = value;
    return decided(values, target.task);
  });
}

/** The classes that predictions say each image has: the likeliest one, or with several labels those above 0.5. */
export function decidedByPredictions(predictions: Predictions): (readonly number[])[] {
  const own =
    predictions.kind === 'probabilities'
      ? predictions
      : predictions.task === 'single-label'
        ? predictions.softmax()
        : predictions.sigmoid();
  return own.ids.map((_, row) => decided(own.row(row), own.task));
}

function decided(values: Float32Array | Float64Array, task: Predictions['task']): number[] {
  if (task === 'single-label') return [argmax(values, 0, values.length)];
  return Array.from(values.keys()).filter((k) => values[k]! > THRESHOLD);
}
