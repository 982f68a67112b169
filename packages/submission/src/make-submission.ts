import { hashBytes, PodiumError, type Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import type { BoundForm } from './form.ts';
import type { SampleSubmission } from './sample.ts';
import { tableBytes } from './table.ts';

/** A submission, as bytes. */
export interface MadeSubmission {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** Without the header. */
  readonly rows: number;
  /** Ids without a prediction, whose cells are the sample's own. */
  readonly unpredicted: readonly string[];
}

/**
 * Writes predictions as the sample submission wants them: its ids in its order, its header, delimiter, quotes, line ends
 * and byte order mark. The same predictions give the same bytes.
 * @param predictions by head; ids that the sample does not ask for are left out
 * @param options.unpredicted what to do with ids without a prediction (an image that cannot be read): refuse them
 * (default), or take over the sample's cells
 * @throws PodiumError `submission-head-missing`, `predictions-unknown-id`, `predictions-classes-differ`,
 * `submission-task` where predictions are of another task than their head
 */
export function makeSubmission(
  sample: SampleSubmission,
  form: BoundForm,
  predictions: Readonly<Record<string, Predictions>>,
  options: { readonly unpredicted?: 'refuse' | 'sample' } = {},
): MadeSubmission {
  const { ids } = sample;
  const known = (id: string) => form.heads.every(({ name }) => predictions[name]?.indexOf(id) !== undefined);
  const predicted = options.unpredicted === 'sample' ? ids.filter(known) : ids;
  const cells = formCells(form, predictions, predicted);
  const place = new Map(form.columns.map(({ name }, c) => [name, c]));
  const from = sample.columns.map((name) => place.get(name));
  const rowOf = new Map(predicted.map((id, row) => [id, row]));
  const rows = sample.rows.map(({ id, cells: own }) => {
    const row = rowOf.get(id);
    if (row === undefined) return own;
    const made = cells(row);
    return own.map((cell, c) => (from[c] === undefined ? cell : made[from[c]]!));
  });
  const bytes = tableBytes(sample.style, rows);
  return {
    bytes,
    sha256: hashBytes(bytes),
    rows: rows.length,
    unpredicted: predicted.length === ids.length ? [] : ids.filter((id) => !rowOf.has(id)),
  };
}

/**
 * The cells that a form writes for these ids, row by row, in the order of its columns.
 * @throws PodiumError as {@link makeSubmission}
 */
export function formCells(
  form: BoundForm,
  predictions: Readonly<Record<string, Predictions>>,
  ids: readonly string[],
): (row: number) => readonly string[] {
  return form.writer(
    Object.fromEntries(form.heads.map((head) => [head.name, predictionsOf(head, predictions, ids)])),
  );
}

function predictionsOf(
  { name, task, classes }: Head,
  predictions: Readonly<Record<string, Predictions>>,
  ids: readonly string[],
): Predictions {
  const found = Object.hasOwn(predictions, name) ? predictions[name] : undefined;
  if (found === undefined) {
    throw new PodiumError({
      code: 'submission-head-missing',
      message: `there are no predictions of the head "${name}", which fills the submission`,
      expected: Object.keys(predictions),
      got: JSON.stringify(name),
      fix: 'predict with a model that has this head, or choose other heads in the submission settings',
    });
  }
  if (found.task !== task) {
    throw new PodiumError({
      code: 'submission-task',
      message: `the predictions of the head "${name}"`,
      expected: task,
      got: found.task,
      fix: 'predict with a model that was trained for this table of labels',
    });
  }
  return found.select(ids).alignClasses(classes);
}
