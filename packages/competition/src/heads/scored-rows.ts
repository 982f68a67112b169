import type { Predictions } from '@podium/core';
import type { ManifestRow } from '@podium/dataset';
import { accuracy, logLoss, macroF1, type Score } from '@podium/ensemble';
import { alignTruth, metrics, type ScoredRows, scoreRows } from '@podium/metrics';

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

/** A metric in the form that ensembles search with. */
export function scoreOf(name: string): Score {
  const quick = [macroF1, accuracy, logLoss].find((score) => score.name === name);
  if (quick !== undefined) return quick;
  const metric = metrics.get(name);
  return {
    name,
    direction: metric.direction,
    score: (truth, rows) => {
      const scoredRows = scoreRows(rows, truth);
      return metric.prepare(scoredRows)(scoredRows.weights);
    },
  };
}
