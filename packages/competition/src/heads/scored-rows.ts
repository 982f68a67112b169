import type { Predictions } from '@podium/core';
import type { ManifestRow } from '@podium/dataset';
import { alignTruth, type ScoredRows } from '@podium/metrics';

/** The true labels of a head by id. */
export function labelsOf(
  rows: readonly ManifestRow[],
  head: string,
): Map<string, string | readonly string[]> {
  const labels = new Map<string, string | readonly string[]>();
  for (const row of rows) {
    const label = row.labels[head];
    if (label !== undefined) labels.set(row.id, label);
  }
  return labels;
}

/** Predictions with their true labels. */
export function scored(predictions: Predictions, rows: readonly ManifestRow[], head: string): ScoredRows {
  return alignTruth(predictions, labelsOf(rows, head), { extra: 'ignore' });
}

/** Class indices `[N]` of the predictions' rows. */
export function truthOf(predictions: Predictions, rows: readonly ManifestRow[], head: string): Int32Array {
  return scored(predictions, rows, head).truth;
}
