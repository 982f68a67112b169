import { PodiumError, type Predictions } from '@podium/core';
import type { Sample } from './report-data.ts';

export interface SamplesOptions {
  /** Class indices `[N]`, in the predictions' order of rows and of classes; below 0 or undefined: not known. */
  readonly truth?: ArrayLike<number> | undefined;
  /** The key of a row's image in `ReportData.images`. */
  readonly image?: ((id: string, row: number) => string | undefined) | undefined;
  /** Where a row comes from. */
  readonly source?: ((id: string, row: number) => string | undefined) | undefined;
}

/**
 * A report's rows from single-label predictions, out-of-fold where the report is to tell the truth: the most probable
 * class (the first of equals), its probability to four decimals, and the fold.
 * @throws PodiumError `report-data` for multi-label predictions, or as many labels as there are no rows
 */
export function samplesOf(predictions: Predictions, { truth, image, source }: SamplesOptions = {}): Sample[] {
  const { task, kind, length, ids, folds } = predictions;
  if (task !== 'single-label') {
    throw new PodiumError({
      code: 'report-data',
      path: { key: 'samples' },
      expected: 'single-label predictions',
      got: task,
      fix: 'leave the samples out, or show one label at a time',
    });
  }
  if (truth !== undefined && truth.length !== length) {
    throw new PodiumError({
      code: 'report-data',
      path: { key: 'samples' },
      expected: `${length} labels, one a row`,
      got: String(truth.length),
    });
  }
  const probabilities = kind === 'logits' ? predictions.softmax() : predictions;
  const predicted = predictions.argmax();
  return ids.map((id, row) => {
    const label = truth?.[row] ?? -1;
    const column = predicted[row]!;
    const confidence = probabilities.row(row)[column]!;
    return {
      id,
      ...(label >= 0 && { truth: label }),
      predicted: column,
      confidence: Math.round(confidence * 10_000) / 10_000,
      fold: folds?.[row],
      source: source?.(id, row),
      image: image?.(id, row),
    };
  });
}
