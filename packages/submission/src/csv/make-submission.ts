import { hashBytes, PodiumError, type Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import type { BoundForm, PredictionsByHead } from '../forms/form.ts';
import type { SampleSubmission } from './read-sample.ts';
import { encodeTable } from './submission-table.ts';

/** The bytes of a submission. */
export interface Submission {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** Without the header. */
  readonly rows: number;
  /** Ids without a prediction. Their cells are copied from the sample. */
  readonly unpredicted: readonly string[];
}

/**
 * Encodes predictions in the format of the sample submission: the same ids in the same order, the same header, delimiter,
 * quoting, line ends and byte order mark. Equal predictions give equal bytes.
 * @param predictions by head. Ids that the sample does not have are ignored
 * @param options.unpredicted what to do with ids without a prediction, such as unreadable images: throw (`refuse`, the
 * default), or copy the cells of the sample (`sample`)
 * @throws PodiumError `submission-head-missing`; `predictions-unknown-id`; `predictions-classes-differ`;
 * `submission-task` if predictions have another task than their head
 * @example
 * const sample = await readSample('data/leaves', { path: 'sample_submission.csv', idColumn: 'id' });
 * const form = bindForm(undefined, sample, heads);
 * const { bytes } = makeSubmission(sample, form, new Map([['label', predictions]]));
 */
export function makeSubmission(
  sample: SampleSubmission,
  form: BoundForm,
  predictions: PredictionsByHead,
  options: { readonly unpredicted?: 'refuse' | 'sample' } = {},
): Submission {
  const { ids } = sample;
  const isPredicted = (id: string) =>
    form.heads.every(({ name }) => predictions.get(name)?.indexOf(id) !== undefined);
  const predicted = options.unpredicted === 'sample' ? ids.filter(isPredicted) : ids;
  const cellsOfRow = formCells(form, predictions, predicted);
  const formIndex = new Map(form.columns.map(({ name }, index) => [name, index]));
  const sources = sample.columns.map((name) => formIndex.get(name));
  const predictedRow = new Map(predicted.map((id, row) => [id, row]));
  const rows = sample.rows.map(({ id, cells: sampleCells }) => {
    const row = predictedRow.get(id);
    if (row === undefined) return sampleCells;
    const cells = cellsOfRow(row);
    return sampleCells.map((cell, c) => (sources[c] === undefined ? cell : cells[sources[c]]!));
  });
  const bytes = encodeTable(sample.style, rows);
  return {
    bytes,
    sha256: hashBytes(bytes),
    rows: rows.length,
    unpredicted: predicted.length === ids.length ? [] : ids.filter((id) => !predictedRow.has(id)),
  };
}

/**
 * The cells that a form writes for these ids: row index -> cells in the order of the form's columns.
 * @throws PodiumError as {@link makeSubmission}
 */
export function formCells(
  form: BoundForm,
  predictions: PredictionsByHead,
  ids: readonly string[],
): (row: number) => readonly string[] {
  return form.writer(
    new Map(form.heads.map((head) => [head.name, alignedPredictions(head, predictions, ids)])),
  );
}

function alignedPredictions(
  { name, task, classes }: Head,
  predictions: PredictionsByHead,
  ids: readonly string[],
): Predictions {
  const found = predictions.get(name);
  if (found === undefined) {
    throw new PodiumError({
      code: 'submission-head-missing',
      message: `no predictions for the head "${name}", which fills the submission`,
      expected: [...predictions.keys()],
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
      fix: "predict with a model trained on this competition's labels",
    });
  }
  return found.select(ids).alignClasses(classes);
}
