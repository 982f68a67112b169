import { argmax, type Predictions } from '@podium/core';
import type { Head, Label, ManifestRow } from '@podium/dataset';
import { alignTruth, type ScoredRows } from '@podium/metrics';

type Labeled = Pick<ManifestRow, 'labels' | 'softLabels'>;

/**
 * The true label of a row; undefined without one. Of probabilities it is the likeliest class. Heads are named after columns,
 * which may be called `constructor`.
 */
export function labelOf(
  { labels, softLabels = {} }: Labeled,
  head: Pick<Head, 'name' | 'classes'>,
): Label | undefined {
  if (Object.hasOwn(labels, head.name)) return labels[head.name];
  if (!Object.hasOwn(softLabels, head.name)) return undefined;
  return head.classes[argmax(softLabels[head.name]!, 0, head.classes.length)];
}

/** The true labels of a head by id. */
export function labelsOf(
  rows: readonly ManifestRow[],
  head: Pick<Head, 'name' | 'classes'>,
): Map<string, Label> {
  const labels = new Map<string, Label>();
  for (const row of rows) {
    const label = labelOf(row, head);
    if (label !== undefined) labels.set(row.id, label);
  }
  return labels;
}

/**
 * The predictions of rows that have a label for this head, in the same order.
 * @param head its name; its classes are those of the predictions
 */
export function labeled(predictions: Predictions, rows: readonly ManifestRow[], head: string): Predictions {
  const labels = labelsOf(rows, { name: head, classes: predictions.classes });
  const ids = predictions.ids.filter((id) => labels.has(id));
  return ids.length === predictions.length ? predictions : predictions.select(ids);
}

/**
 * Predictions with their true labels. Rows without a label for this head are left out.
 * @param columnWeights of a head of numbers
 */
export function scored(
  predictions: Predictions,
  rows: readonly ManifestRow[],
  head: string,
  columnWeights?: readonly number[],
): ScoredRows {
  const labels = labelsOf(rows, { name: head, classes: predictions.classes });
  return alignTruth(labeled(predictions, rows, head), labels, { extra: 'ignore', columnWeights });
}
